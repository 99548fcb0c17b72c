using ImageBuilder.Formats;
using ImageBuilder.Formats.Trees;
using ImageBuilder.Linux;
using ImageBuilder.Update.Folders;

namespace ImageBuilder.Update.Overlays;

/// <summary>
/// The upper folder of an overlay mount, read from outside: whiteouts, opaque folders and moved folders as the kernel left them there. Becomes a
/// layer (<see cref="UpperLayer"/>) or a list of changes (<see cref="UpperChanges"/>).
/// </summary>
public sealed class OverlayUpper
{
    private const int CapSysAdmin = 21; // linux/capability.h

    private OverlayUpper(Tree tree, LowerFolder lower, FolderScanner scanner) => (Tree, Lower, Scanner) = (tree, lower, scanner);

    /// <summary>What lies in the folder, overlayfs's own attributes included.</summary>
    internal Tree Tree { get; }

    /// <summary>The layers below.</summary>
    internal LowerFolder Lower { get; }

    /// <summary>Reads the layers' files; the same one, so that names of one file become one node.</summary>
    internal FolderScanner Scanner { get; }

    /// <summary>Reads an upper. The contents of its files stay where they are.</summary>
    /// <param name="folder">The upper folder, not the overlay's mount.</param>
    /// <param name="lower">The layers below it, mounted and merged, as one folder; null when they are not at hand, then folders that were moved are refused.</param>
    /// <param name="changed">Told the path of a file that programs write to meanwhile, which gets into the layer as it is then; null makes that an error.</param>
    /// <exception cref="ImageException">IB6151: this process may not read overlayfs's attributes. IB3030, IB3031: it cannot be read.</exception>
    public static OverlayUpper Read(string folder, string? lower, Action<string>? changed = null)
    {
        if (!MayReadMarks())
            throw new ImageException(ImageErrorKind.Unsupported, "IB6151",
                $"{folder}: only root (CAP_SYS_ADMIN, and not in a user namespace) can read how overlayfs has marked deleted and moved folders (trusted.overlay.*); without, deleted files would come back. Run this as root");
        return Of(FolderScanner.ScanTree(folder, changed: changed), lower);
    }

    /// <summary>The same from the tree of an archive.</summary>
    /// <param name="archive">What lies in the archive.</param>
    /// <param name="lower">As in <see cref="Read"/>.</param>
    public static OverlayUpper Of(Tree archive, string? lower) => new(archive, lower is null ? LowerFolder.Unknown : LowerFolder.Root(lower), new FolderScanner());

    /// <summary>What the kernel merges a folder of the upper with; null for nothing.</summary>
    /// <param name="parent">The same of the folder above.</param>
    /// <param name="name">The folder's name.</param>
    /// <param name="folder">The folder.</param>
    /// <param name="path">Its path, for people.</param>
    /// <exception cref="ImageException">IB6152: it was moved, and the layers are not at hand. IB6153: it was moved from where nothing is.</exception>
    internal LowerFolder? SourceOf(LowerFolder? parent, EntryName name, Node folder, string path)
    {
        if (OverlayMarks.IsOpaque(folder))
            return null;
        var redirect = OverlayMarks.RedirectOf(folder);
        if (redirect.IsEmpty)
            return parent?.Folder(name);
        RequireLayers(path);
        return (redirect[0] == '/' ? Lower.Descend(redirect) : parent?.Folder(EntryName.From(redirect))) ?? throw NotThere(path, redirect);
    }

    /// <summary>The data of a file that has only its metadata in the upper.</summary>
    /// <inheritdoc cref="SourceOf"/>
    internal Content DataOf(LowerFolder? parent, EntryName name, Node file, string path)
    {
        RequireLayers(path);
        var redirect = OverlayMarks.RedirectOf(file);
        var target = redirect.IsEmpty ? name.Bytes : redirect;
        var slash = target.LastIndexOf((byte)'/');
        var folder = slash < 0 ? parent : Lower.Descend(target[..slash]);
        var last = EntryName.From(target[(slash + 1)..]);
        return folder?.Find(last) is { } facts && UnixMode.KindOf(facts.Mode) == NodeKind.File ? Scanner.Scan(folder.PathOf(last)).Content : throw NotThere(path, target);
    }

    private void RequireLayers(string path)
    {
        if (Lower.IsUnknown)
            throw new ImageException(ImageErrorKind.Unsupported, "IB6152",
                $"{path} was moved or has only its metadata in the upper: the rest is in the layers below, and they were not given; mount them, merged, and name the folder");
    }

    private static ImageException NotThere(string path, ReadOnlySpan<byte> source) => new(ImageErrorKind.Corrupt, "IB6153",
        $"{path} refers to {EntryName.Printable(source)} in the layers below, and nothing fitting is there: the upper belongs to other layers");

    // Root of a user namespace has the capability, too, but not over trusted.*.
    private static bool MayReadMarks()
    {
        var effective = KernelFile.TryRead("/proc/self/status")?.Split('\n').FirstOrDefault(line => line.StartsWith("CapEff:", StringComparison.Ordinal));
        return effective is not null && (Convert.ToUInt64(effective[7..].Trim(), 16) & (1UL << CapSysAdmin)) != 0
            && KernelFile.TryRead("/proc/self/uid_map")?.Split(' ', StringSplitOptions.RemoveEmptyEntries) is ["0", "0", "4294967295"];
    }
}
