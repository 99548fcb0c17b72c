using System.Buffers.Binary;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace ImageBuilder.Linux.Blocks;

/// <summary>Recognises file systems by their super blocks and reads label and identifier as blkid(8) shows them.</summary>
public static class FileSystemProbe
{
    private const int HeadLength = 4096;
    private const int BtrfsMagicOffset = 0x10040;

    /// <summary>Reads what is on a device or in an image file; null when nothing is recognised.</summary>
    /// <exception cref="IOException">The device cannot be read; ENOMEDIUM when a drive is empty.</exception>
    public static FileSystemIdentity? Read(SafeFileHandle device)
    {
        Span<byte> head = stackalloc byte[HeadLength];
        head = head[..ReadAt(device, 0, head)];
        // ISO first: a hybrid image begins with a partition table, and its first 32 KiB may hold anything.
        return Iso9660Probe.Read(device) ?? Ext(head) ?? FatProbe.Read(device, head) ?? ExFatProbe.Read(device, head) ?? ByMagic(device, head);
    }

    /// <summary>Reads as much of <paramref name="buffer"/> as there is; the number of bytes.</summary>
    internal static int ReadAt(SafeFileHandle device, long offset, Span<byte> buffer)
    {
        var done = 0;
        while (done < buffer.Length && RandomAccess.Read(device, buffer[done..], offset + done) is > 0 and var read)
            done += read;
        return done;
    }

    /// <summary>A label of fixed length: up to the first NUL, blanks at the end left out; null when empty.</summary>
    internal static string? Label(ReadOnlySpan<byte> field)
    {
        var end = field.IndexOf((byte)0);
        var text = Encoding.UTF8.GetString(end < 0 ? field : field[..end]).TrimEnd();
        return text.Length == 0 ? null : text;
    }

    /// <summary>16 bytes as 8-4-4-4-12 lower-case digits; null when all are zero.</summary>
    internal static string? Uuid(ReadOnlySpan<byte> bytes) =>
        bytes.ContainsAnyExcept((byte)0) ? new Guid(bytes, bigEndian: true).ToString("D") : null;

    // Kernel, Documentation/filesystems/ext4/super.rst: the super block is at 1024.
    private static FileSystemIdentity? Ext(ReadOnlySpan<byte> head)
    {
        const int SuperBlock = 1024, Magic = SuperBlock + 0x38, FeatureCompat = SuperBlock + 0x5c, FeatureIncompat = SuperBlock + 0x60,
            UuidOffset = SuperBlock + 0x68, LabelOffset = SuperBlock + 0x78, LabelLength = 16;
        const ushort Ext2Magic = 0xef53;
        const uint HasJournal = 4, Extents = 0x40, Bits64 = 0x80, FlexBlockGroups = 0x200;
        if (head.Length < LabelOffset + LabelLength || BinaryPrimitives.ReadUInt16LittleEndian(head[Magic..]) != Ext2Magic)
            return null;
        var compatible = BinaryPrimitives.ReadUInt32LittleEndian(head[FeatureCompat..]);
        var incompatible = BinaryPrimitives.ReadUInt32LittleEndian(head[FeatureIncompat..]);
        var type = (incompatible & (Extents | Bits64 | FlexBlockGroups)) != 0 ? "ext4" : (compatible & HasJournal) != 0 ? "ext3" : "ext2";
        return new FileSystemIdentity(type, Label(head.Slice(LabelOffset, LabelLength)), Uuid(head.Slice(UuidOffset, 16)));
    }

    // Types that are recognised only to be named in messages, and SquashFS, which has neither label nor identifier.
    private static FileSystemIdentity? ByMagic(SafeFileHandle device, ReadOnlySpan<byte> head)
    {
        if (head.StartsWith("hsqs"u8))
            return new FileSystemIdentity("squashfs", null, null);
        if (head.StartsWith("XFSB"u8))
            return new FileSystemIdentity("xfs", Label(head.Slice(108, 12)), Uuid(head.Slice(32, 16)));
        if (head.StartsWith((ReadOnlySpan<byte>)[(byte)'L', (byte)'U', (byte)'K', (byte)'S', 0xba, 0xbe]))
            return new FileSystemIdentity("crypto_LUKS", null, null);
        if (head.Length > 11 && head[3..].StartsWith("NTFS    "u8))
            return new FileSystemIdentity("ntfs", null, null);
        if (head.Length > 1024 && head[512..].StartsWith("LABELONE"u8))
            return new FileSystemIdentity("LVM2_member", null, null);
        if (head.Length == HeadLength && head[^10..].SequenceEqual("SWAPSPACE2"u8))
            return new FileSystemIdentity("swap", null, null);
        Span<byte> magic = stackalloc byte[8];
        if (ReadAt(device, BtrfsMagicOffset, magic) == magic.Length && magic.SequenceEqual("_BHRfS_M"u8))
            return new FileSystemIdentity("btrfs", null, null);
        return null;
    }
}
