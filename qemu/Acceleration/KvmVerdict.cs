namespace ImageBuilder.Qemu.Acceleration;

/// <summary>Whether KVM runs guests on this machine, and what was seen.</summary>
public sealed record KvmVerdict(bool Works, string Evidence)
{
    private const string Yes = "works";
    private const string No = "broken";

    /// <summary>One line for the cache file.</summary>
    internal string Serialize() => $"{(Works ? Yes : No)} {Evidence}";

    /// <summary>Reads <see cref="Serialize"/>'s line; null for anything else.</summary>
    internal static KvmVerdict? Deserialize(string line) => line.Split(' ', 2) switch
    {
        [Yes, var evidence] => new KvmVerdict(true, evidence),
        [No, var evidence] => new KvmVerdict(false, evidence),
        _ => null,
    };

    /// <summary>Judges one run of the probe: its exit code (null when it was ended by the time limit) and what QEMU said.</summary>
    internal static KvmVerdict FromProbe(int? exitCode, string messages, TimeSpan limit)
    {
        if (exitCode == ProbeProgram.ExitCode)
            return new KvmVerdict(true, "a test guest ran");
        var said = messages.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .FirstOrDefault(line => !line.Contains("warning:", StringComparison.Ordinal));
        var what = said ?? (exitCode is { } code ? $"QEMU exited with {code}" : $"a test guest did not end within {limit.TotalSeconds:0.#} s");
        return new KvmVerdict(false, what);
    }
}
