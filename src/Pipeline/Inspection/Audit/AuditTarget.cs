using System.Text;
using ImageBuilder.Formats.Cpio;
using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Pipeline.Inspection.Audit;

/// <summary>What an audit looks at: a root file system, and of a bootable image also what starts it.</summary>
public sealed class AuditTarget
{
    private const int LargestText = 4 << 20;

    /// <summary>Reads what all checks need.</summary>
    /// <exception cref="Formats.ImageException">dpkg's database is damaged.</exception>
    public AuditTarget(Tree tree)
    {
        Tree = tree;
        Packages = DpkgStatus.Read(tree);
        Owners = Packages?.Owners() ?? new Dictionary<string, DpkgPackage>();
        Kernels = InstalledKernel.FindAll(this);
    }

    /// <summary>What is to be looked at of an opened image.</summary>
    /// <param name="image">The image.</param>
    /// <param name="drivers">The spec's choice of drivers; null when only the image is known.</param>
    /// <exception cref="Formats.ImageException">The initramfs or dpkg's database is damaged.</exception>
    public static AuditTarget Of(OpenedImage image, string? drivers = null) => new(image.Tree)
    {
        IsIso = image.IsIso,
        IsDisk = image.IsDisk,
        Initramfs = image.Initramfs is { } initramfs ? CpioImage.Read(initramfs).Tree : null,
        // LZMA is the predecessor of XZ and no kernel has it; gzip is called ZLIB.
        Compressor = image.Compressor is "gzip" ? "ZLIB" : image.Compressor?.ToUpperInvariant(),
        Drivers = drivers,
    };

    /// <summary>The root file system.</summary>
    public Tree Tree { get; }

    /// <summary>The initramfs' files; null when the image has none that could be read.</summary>
    public Tree? Initramfs { get; init; }

    /// <summary>The layer's compressor as the kernel's configuration calls it, such as "ZSTD"; null when the tree is no SquashFS image.</summary>
    public string? Compressor { get; init; }

    /// <summary>The spec's choice of drivers ("generic", "virtio", "list"); null when only the image is known.</summary>
    public string? Drivers { get; init; }

    /// <summary>True when it starts from an ISO 9660 medium.</summary>
    public bool IsIso { get; init; }

    /// <summary>True when it is the disk of an appliance.</summary>
    public bool IsDisk { get; init; }

    /// <summary>dpkg's database; null for other systems.</summary>
    public DpkgStatus? Packages { get; }

    /// <summary>Which package brought a file.</summary>
    public IReadOnlyDictionary<string, DpkgPackage> Owners { get; }

    /// <summary>The kernels that the tree has modules or a configuration for.</summary>
    internal IReadOnlyList<InstalledKernel> Kernels { get; }

    /// <summary>A small text file, links followed; null when there is none.</summary>
    internal string? ReadText(string path) =>
        Tree.Resolve(path) is { Kind: NodeKind.File } file && file.Content.Length <= LargestText ? Encoding.UTF8.GetString(file.Content.ToArray()) : null;

    /// <summary>The regular files of a folder by name, links followed; none when the folder is missing.</summary>
    internal IEnumerable<(string Name, string Path)> Files(string folder, string extension) =>
        (Tree.Resolve(folder)?.Children.Keys ?? Enumerable.Empty<EntryName>()).Select(name => name.ToString())
            .Where(name => name.EndsWith(extension, StringComparison.Ordinal)).Select(name => (name, $"{folder}/{name}"));
}
