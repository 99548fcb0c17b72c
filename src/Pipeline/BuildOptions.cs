namespace ImageBuilder.Pipeline;

/// <summary>How a build runs; nothing here changes the bytes it makes.</summary>
public sealed record BuildOptions
{
    /// <summary>Where artefacts go.</summary>
    public required string OutputFolder { get; init; }

    /// <summary>Where bases, compressed blocks and the initramfs are kept between builds.</summary>
    public required string CacheFolder { get; init; }

    /// <summary>The static program that becomes /init of the initramfs.</summary>
    public required string InitProgram { get; init; }

    /// <summary>The static program that becomes the agent of images that have one.</summary>
    public required string AgentProgram { get; init; }

    /// <summary>Replace artefacts that exist.</summary>
    public bool Force { get; init; }

    /// <summary>Use compressed blocks and the initramfs of earlier builds, and keep this one's for the next.</summary>
    public bool UsesCache { get; init; } = true;

    /// <summary>Make the base anew even when the cache has it.</summary>
    public bool Refresh { get; init; }

    /// <summary>Where to write the lock that holds what this build installs; null writes none.</summary>
    public string? LockFile { get; init; }

    /// <summary>Threads that compress.</summary>
    public int Jobs { get; init; } = Environment.ProcessorCount;
}
