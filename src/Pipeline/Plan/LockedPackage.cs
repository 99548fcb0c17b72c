namespace ImageBuilder.Pipeline.Plan;

/// <summary>One package as a lock holds it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Version">Its exact version.</param>
/// <param name="Architecture">Debian architecture, or "all".</param>
/// <param name="Sha256">Digest of the .deb, lower-case hex; null when no archive has it: a local file of the spec, or a script's work.</param>
public sealed record LockedPackage(string Name, string Version, string Architecture, string? Sha256)
{
    /// <summary>As people write it: "name version (architecture)".</summary>
    public override string ToString() => $"{Name} {Version} ({Architecture})";
}
