namespace ImageBuilder.Pipeline.Inspection;

/// <summary>One package as dpkg's status database describes it (deb-control(5)).</summary>
public sealed record DpkgPackage
{
    /// <summary>The package's name.</summary>
    public required string Name { get; init; }

    /// <summary>Its version, epoch and Debian revision included.</summary>
    public required string Version { get; init; }

    /// <summary>Debian architecture; "all" for packages that run everywhere.</summary>
    public required string Architecture { get; init; }

    /// <summary>Want, error flag and state, as dpkg writes them: "install ok installed".</summary>
    public required string Status { get; init; }

    /// <summary>The space its files take, by its own estimate, in KiB; 0 when it does not say.</summary>
    public required long InstalledSize { get; init; }

    /// <summary>The source package it was built from; its own name when it does not say.</summary>
    public required string Source { get; init; }

    /// <summary>The source package's version; its own when it does not say.</summary>
    public required string SourceVersion { get; init; }

    /// <summary>Name and mail address of who maintains it; empty when unknown.</summary>
    public required string Maintainer { get; init; }

    /// <summary>The archive's section, such as "admin" or "non-free/kernel"; empty when unknown.</summary>
    public required string Section { get; init; }

    /// <summary>The upstream project's page; empty when unknown.</summary>
    public required string Homepage { get; init; }

    /// <summary>What it needs, Pre-Depends before Depends, as written: alternatives by '|', version limits in brackets.</summary>
    public required IReadOnlyList<string> Depends { get; init; }

    /// <summary>"same" for packages that may be installed once per architecture; their file lists carry the architecture in their name.</summary>
    public required string MultiArch { get; init; }

    /// <summary>True when its files are there; false for one of which only configuration files are left, or which is half installed.</summary>
    public bool IsInstalled => Status.EndsWith(" installed", StringComparison.Ordinal);

    /// <summary>Name and version as people write them: "name version (architecture)".</summary>
    public override string ToString() => $"{Name} {Version} ({Architecture})";
}
