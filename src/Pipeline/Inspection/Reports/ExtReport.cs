using System.Buffers.Binary;
using System.Text;
using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Pipeline.Inspection.Reports;

/// <summary>What the super block of an ext2, ext3 or ext4 file system says (kernel, Documentation/filesystems/ext4/super.rst). Its files are not read.</summary>
internal static class ExtReport
{
    private const int SuperBlock = 1024, Length = 1024;
    private const int Inodes = 0x0, BlocksLow = 0x4, FreeBlocksLow = 0xC, FreeInodes = 0x10, LogBlockSize = 0x18, MountCount = 0x34, Magic = 0x38, State = 0x3A,
        Compatible = 0x5C, Incompatible = 0x60, ReadOnlyCompatible = 0x64, Uuid = 0x68, Label = 0x78, LabelLength = 16, BlocksHigh = 0x150, FreeBlocksHigh = 0x158;
    private const ushort ExtMagic = 0xEF53;
    private const int MaxLogBlockSize = 6;
    private const uint HasJournal = 4, NeedsRecovery = 4, Bits64 = 0x80, MakesItExt4 = 0x40 | Bits64 | 0x200;

    // Names as mke2fs(8) has them, by bit.
    private static readonly (int At, (int Bit, string Name)[] Names)[] Features =
    [
        (Compatible, [(2, "has_journal"), (3, "ext_attr"), (4, "resize_inode"), (5, "dir_index"), (9, "sparse_super2"), (12, "orphan_file")]),
        (Incompatible, [(1, "filetype"), (2, "needs_recovery"), (4, "meta_bg"), (6, "extent"), (7, "64bit"), (8, "mmp"), (9, "flex_bg"), (10, "ea_inode"), (13, "metadata_csum_seed"), (14, "large_dir"), (15, "inline_data"), (16, "encrypt"), (17, "casefold")]),
        (ReadOnlyCompatible, [(0, "sparse_super"), (1, "large_file"), (3, "huge_file"), (4, "uninit_bg"), (5, "dir_nlink"), (6, "extra_isize"), (8, "quota"), (9, "bigalloc"), (10, "metadata_csum"), (13, "project"), (15, "verity"), (16, "orphan_present")]),
    ];

    /// <summary>True when a content begins like one.</summary>
    public static bool IsExt(Content content)
    {
        if (content.Length < SuperBlock + Length)
            return false;
        var super = Read(content);
        return BinaryPrimitives.ReadUInt16LittleEndian(super.AsSpan(Magic)) == ExtMagic && U32(super, LogBlockSize) <= MaxLogBlockSize;
    }

    /// <summary>"ext2", "ext3" or "ext4".</summary>
    public static string TypeOf(Content content)
    {
        var super = Read(content);
        return (U32(super, Incompatible) & MakesItExt4) != 0 ? "ext4" : (U32(super, Compatible) & HasJournal) != 0 ? "ext3" : "ext2";
    }

    /// <summary>Adds the facts.</summary>
    public static void Describe(ImageReport report, Content content)
    {
        var super = Read(content);
        var wide = (U32(super, Incompatible) & Bits64) != 0;
        var blockSize = 1024L << (int)U32(super, LogBlockSize);
        var blocks = Blocks(BlocksLow, BlocksHigh);
        report.Add("label", Encoding.UTF8.GetString(super.AsSpan(Label, LabelLength).TrimEnd((byte)0)));
        report.Add("uuid", new Guid(super.AsSpan(Uuid, 16), bigEndian: true).ToString());
        report.Add("blockSize", blockSize);
        report.Add("blocks", blocks);
        report.Add("freeBlocks", Blocks(FreeBlocksLow, FreeBlocksHigh));
        report.Add("inodes", (long)U32(super, Inodes));
        report.Add("freeInodes", (long)U32(super, FreeInodes));
        report.Add("features", string.Join(' ', Features.SelectMany(set => set.Names.Where(name => (U32(super, set.At) >> name.Bit & 1) != 0).Select(name => name.Name))));
        report.Add("mountCount", (int)BinaryPrimitives.ReadUInt16LittleEndian(super.AsSpan(MountCount)));
        report.Add("state", BinaryPrimitives.ReadUInt16LittleEndian(super.AsSpan(State)) switch { 1 => (U32(super, Incompatible) & NeedsRecovery) != 0 ? "journal to be replayed" : "clean", 0 => "not cleanly unmounted", _ => "errors noticed" });
        if (blocks * blockSize > content.Length)
            report.Faults.Add($"the file system has {blocks} blocks of {blockSize} bytes, and there are only {content.Length} bytes: it is cut off");

        long Blocks(int low, int high) => U32(super, low) + (wide ? (long)U32(super, high) << 32 : 0);
    }

    private static byte[] Read(Content content)
    {
        var super = new byte[Length];
        content.Read(SuperBlock, super);
        return super;
    }

    private static uint U32(byte[] super, int at) => BinaryPrimitives.ReadUInt32LittleEndian(super.AsSpan(at));
}
