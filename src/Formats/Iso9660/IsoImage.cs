using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Formats.Iso9660;

/// <summary>
/// An ISO 9660 image laid out in memory, ready to be written front to back: Rock Ridge, Joliet, El Torito for BIOS and UEFI, and partition
/// tables for USB sticks. See FORMAT.md.
/// </summary>
public sealed partial class IsoImage
{
    private const uint SystemAreaBlocks = 16;

    /// <summary>Empty blocks at the end: drives read ahead and report errors past the last block of a track burned at once.</summary>
    private const uint PaddingBlocks = 150;

    private readonly IsoOptions options;
    private readonly IsoInventory inventory;
    private readonly IsoInode? bios;
    private readonly IsoInode? efi;
    private readonly List<Hierarchy> hierarchies = [];
    private readonly HybridTables? hybrid;
    private readonly Block catalog;
    private readonly Block isoEnd;
    private readonly Block end;

    private IsoImage(IsoOptions options, Tree tree)
    {
        this.options = options;
        var bootFile = options.BiosBoot is null ? null : Node.File(options.BiosBoot.Image);
        inventory = new IsoInventory(WithBootImage(tree, options.BiosBoot?.Path, bootFile), options.RockRidge);
        bios = bootFile is null ? null : options.BiosBoot!.Path is null ? new IsoInode(bootFile, 0) : inventory[bootFile];
        efi = options.EfiBoot is null ? null : new IsoInode(Node.File(options.EfiBoot.Image), 0);
        foreach (var origin in new[] { default, HybridTables.PartitionStart(options.Hybrid) ?? default }.Distinct())
        {
            hierarchies.Add(new Hierarchy(inventory, joliet: false, options.RockRidge, origin));
            if (options.Joliet)
                hierarchies.Add(new Hierarchy(inventory, joliet: true, rockRidge: false, origin));
        }

        var next = new Block(DescriptorStart(hierarchies[^1].Origin).Number + DescriptorCount);
        foreach (var hierarchy in hierarchies)
            hierarchy.Place(ref next);
        if (HasCatalog)
        {
            catalog = next;
            next += 1;
        }
        foreach (var inode in Files)
        {
            inode.Start = next;
            next += Block.CountFor(inode.Content.Length);
        }
        isoEnd = next;
        if (efi is not null)
        {
            efi.Start = next;
            next += Block.CountFor(efi.Content.Length);
        }
        end = next + PaddingBlocks;
        if (bios is not null)
            bios.Content = ElTorito.Patch(options.BiosBoot!, bios.Start);
        hybrid = options.Hybrid is null ? null : HybridTables.Layout(options.Hybrid, isoEnd, EfiPlace, end);
        Length = hybrid?.Length ?? end.Offset;
    }

    /// <summary>Length of the image in bytes, a multiple of 2048.</summary>
    public long Length { get; }

    /// <summary>
    /// The volume's UUID as blkid and GRUB show it: its modification time, "yyyy-MM-dd-HH-mm-ss-cc". Usable as <c>ib.media=UUID=…</c> and in
    /// GRUB's <c>search --fs-uuid</c>.
    /// </summary>
    public string Uuid => UuidFor(options.Time);

    private bool HasCatalog => bios is not null || efi is not null;

    /// <summary>Primary descriptor, boot record, Joliet's, terminator.</summary>
    private uint DescriptorCount => 2 + (HasCatalog ? 1u : 0) + (options.Joliet ? 1u : 0);

    /// <summary>Files with bytes, in the order they lie: the BIOS boot image first, where the oldest firmware reaches it.</summary>
    private IEnumerable<IsoInode> Files => (bios is null ? [] : new[] { bios }).Concat(inventory.WithContent.Where(inode => inode != bios));

    private (Block Start, uint Count)? EfiPlace => efi is null ? null : (efi.Start, Block.CountFor(efi.Content.Length));

    /// <summary>The UUID that a volume of this time has; see <see cref="Uuid"/>.</summary>
    public static string UuidFor(DateTimeOffset time) => UuidOf(IsoTime.Digits(time));

    /// <summary>The UUID that a volume has by its time's digits.</summary>
    internal static string UuidOf(string digits) => $"{digits[..4]}-{string.Join('-', Enumerable.Range(2, digits.Length / 2 - 2).Select(pair => digits.Substring(2 * pair, 2)))}";

    /// <summary>Checks the tree and the options, and places everything.</summary>
    /// <exception cref="ImageException">
    /// IB2201: a text field; IB2202, IB2208: a boot image of the wrong size; IB2203: too many directories; IB2204: too long an image; IB2205, IB2206,
    /// IB2210: a file ISO 9660 cannot hold; IB2207: the boot image's path is taken; IB2209: boot code without a boot image; IB24xx: the partition table.
    /// </exception>
    public static IsoImage Layout(Tree tree, IsoOptions options)
    {
        VolumeDescriptors.Check(options);
        ElTorito.Check(options);
        HybridTables.Check(options);
        try
        {
            return new IsoImage(options, tree);
        }
        catch (OverflowException error)
        {
            throw new ImageException(ImageErrorKind.LimitExceeded, "IB2204",
                "the image would pass what 32-bit block and sector numbers can count (8 TiB; 2 TiB with an MBR)", error);
        }
    }

    private static Block DescriptorStart(Block origin) => origin + SystemAreaBlocks;

    /// <summary>The tree with the boot image in it; the caller's own is left alone.</summary>
    private static Tree WithBootImage(Tree tree, string? path, Node? bootFile)
    {
        if (path is null || bootFile is null)
            return tree;
        var copy = new Tree();
        CopyDirectory(tree.Root, copy.Root);
        if (copy.Find(path) is not null)
            throw new ImageException(ImageErrorKind.Unsupported, "IB2207",
                $"the BIOS boot image shall be seen as {path}, but the tree has that file already; choose another path");
        bootFile.ModifiedTime = tree.Root.ModifiedTime;
        copy.Put(path, bootFile);
        return copy;
    }

    private static void CopyDirectory(Node from, Node to)
    {
        (to.Mode, to.Uid, to.Gid, to.ModifiedTime) = (from.Mode, from.Uid, from.Gid, from.ModifiedTime);
        foreach (var (name, value) in from.HasXattrs ? from.Xattrs : [])
            to.Xattrs[name] = value;
        foreach (var (name, child) in from.Children)
        {
            var copy = child;
            if (child.IsDirectory)
                CopyDirectory(child, copy = Node.Directory());
            to.Children[name] = copy;
        }
    }
}
