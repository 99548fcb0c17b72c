using ImageBuilder.Formats.SquashFs;
using ImageBuilder.Update.Channels;

namespace ImageBuilder.Pipeline.Repositories;

/// <summary>What `imagebuilder publish` is asked for.</summary>
public sealed record PublishOptions
{
    /// <summary>A disk image, or the folder that a build wrote one to; null renews the channel document alone.</summary>
    public string? Source { get; init; }

    /// <summary>The repository's folder; made when it is missing.</summary>
    public required string Repository { get; init; }

    /// <summary>The channel.</summary>
    public required string Channel { get; init; }

    /// <summary>The share of devices that install it, 0 to 100; null: all, and as it was when the document is renewed.</summary>
    public int? Rollout { get; init; }

    /// <summary>Seconds until the channel document expires.</summary>
    public required long Lifetime { get; init; }

    /// <summary>The time now, seconds since 1970; SOURCE_DATE_EPOCH decides over it.</summary>
    public required long Now { get; init; }

    /// <summary>Earlier stacks that are kept; what no kept stack needs is deleted. Null keeps all, and deletes nothing.</summary>
    public int? Keep { get; init; }

    /// <summary>Publish the full base, however small a patch would be.</summary>
    public bool Rebase { get; init; }

    /// <summary>Layers of a stack at most: with more, the full base is published.</summary>
    public int MaxDepth { get; init; } = 8;

    /// <summary>Publish also when users or groups have other numbers than before.</summary>
    public bool AllowRenumbered { get; init; }

    /// <summary>The keys that are trusted from now on; null leaves them.</summary>
    public IReadOnlyList<TrustedKey>? NextKeys { get; init; }

    /// <summary>With <see cref="NextKeys"/>: how many of them must sign the next document that names keys.</summary>
    public int Threshold { get; init; } = 1;

    /// <summary>How a patch is compressed; null as the image.</summary>
    public SquashFsOptions? Compression { get; init; }

    /// <summary>Threads that compress.</summary>
    public int Jobs { get; init; } = Environment.ProcessorCount;
}
