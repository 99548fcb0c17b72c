namespace ImageBuilder.Pipeline.Inspection.Differences;

/// <summary>All that differs between two images, tars or folders.</summary>
public sealed record ImageDifferences
{
    /// <summary>How the first is called.</summary>
    public required string Before { get; init; }

    /// <summary>How the second is called.</summary>
    public required string After { get; init; }

    /// <summary>Kernel and command line.</summary>
    public required IReadOnlyList<BootDifference> Boot { get; init; }

    /// <summary>Files of the medium itself (boot loader, kernel, initramfs, the layer as a file); empty unless both are ISO images.</summary>
    public required IReadOnlyList<FileDifference> Medium { get; init; }

    /// <summary>Files of the root file system.</summary>
    public required IReadOnlyList<FileDifference> Files { get; init; }

    /// <summary>Debian packages; null unless both have dpkg's database.</summary>
    public required IReadOnlyList<PackageDifference>? Packages { get; init; }

    /// <summary>What the folders of the root directory hold.</summary>
    public required IReadOnlyList<FolderDifference> Folders { get; init; }

    /// <summary>True when nothing differs.</summary>
    public bool AreEqual => Files.Count == 0 && Medium.Count == 0 && Boot.All(fact => fact.Before == fact.After);
}
