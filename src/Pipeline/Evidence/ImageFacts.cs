using ImageBuilder.Formats.Trees;
using ImageBuilder.Pipeline.Inspection;
using ImageBuilder.Pipeline.Plan;

namespace ImageBuilder.Pipeline.Evidence;

/// <summary>Everything that the evidence beside an image says about it. Nothing of the builder is in here: no clock, no host name, no folder.</summary>
internal sealed record ImageFacts
{
    /// <summary>The plan that was built.</summary>
    public required BuildPlan Plan { get; init; }

    /// <summary>The time that the image's files carry at most.</summary>
    public required DateTimeOffset Epoch { get; init; }

    /// <summary>The images, under their final names; the first is the one that paths below are of.</summary>
    public required IReadOnlyList<FileFact> Images { get; init; }

    /// <summary>Its read-only layers, the uppermost first.</summary>
    public required IReadOnlyList<FileFact> Layers { get; init; }

    /// <summary>The kernel on the medium.</summary>
    public required FileFact Kernel { get; init; }

    /// <summary>The kernel's release, as `uname -r` prints it.</summary>
    public required string KernelVersion { get; init; }

    /// <summary>The package that brought the kernel; null when dpkg does not know.</summary>
    public required DpkgPackage? KernelPackage { get; init; }

    /// <summary>The initramfs on the medium.</summary>
    public required FileFact Initramfs { get; init; }

    /// <summary>The kernel command line of the entry that boots by itself.</summary>
    public required string CommandLine { get; init; }

    /// <summary>The installed packages, by name, then architecture.</summary>
    public required IReadOnlyList<PackageFact> Packages { get; init; }

    /// <summary>The packages whose boot loader files are on the medium.</summary>
    public required IReadOnlyList<PackageFact> BootLoader { get; init; }

    /// <summary>ID of /etc/os-release (os-release(5)), such as "debian".</summary>
    public required string Distribution { get; init; }

    /// <summary>VERSION_CODENAME of /etc/os-release, such as "trixie"; null without.</summary>
    public required string? Codename { get; init; }

    /// <summary>The packages of a root file system, with what the source noted about their .debs.</summary>
    public static IReadOnlyList<PackageFact> PackagesOf(Tree root, Tree notes)
    {
        var digests = OriginNotes.Digests(notes);
        return [.. DpkgStatus.Read(root)?.Installed.Select(package =>
            new PackageFact(package, digests.GetValueOrDefault(package.ToString()), DeclaredLicense.Of(root, package.Name))) ?? []];
    }
}
