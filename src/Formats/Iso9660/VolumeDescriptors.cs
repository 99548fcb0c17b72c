using System.Text;

namespace ImageBuilder.Formats.Iso9660;

/// <summary>Writes the descriptors at the head of a volume (ECMA-119 8; El Torito 2.0; Joliet).</summary>
internal static class VolumeDescriptors
{
    public const int BootRecordType = 0;
    public const int PrimaryType = 1;
    public const int SupplementaryType = 2;
    public const int TerminatorType = 255;
    public const int VolumeIdSize = 32;
    public const int LongIdSize = 128;
    private const int FileIdSize = 37;

    /// <summary>Checks the texts that go into the descriptors.</summary>
    /// <exception cref="ImageException">IB2201: too long, or not printable ASCII.</exception>
    public static void Check(IsoOptions options)
    {
        Check("volume id", options.VolumeId, VolumeIdSize);
        Check("system id", options.SystemId, VolumeIdSize);
        Check("volume set id", options.VolumeSetId, LongIdSize);
        Check("publisher id", options.PublisherId, LongIdSize);
        Check("preparer id", options.PreparerId, LongIdSize);
        Check("application id", options.ApplicationId, LongIdSize);
    }

    /// <summary>The primary descriptor, or Joliet's supplementary one.</summary>
    /// <param name="blocks">Length of the volume in blocks.</param>
    public static byte[] Volume(IsoOptions options, Hierarchy hierarchy, uint blocks)
    {
        var joliet = hierarchy.Joliet;
        var descriptor = Start(joliet ? SupplementaryType : PrimaryType, out var record);
        record.U8(0);
        Text(ref record, options.SystemId, VolumeIdSize, joliet);
        Text(ref record, options.VolumeId, VolumeIdSize, joliet);
        record.Zero(8);
        record.At(80);
        record.Both32(blocks);
        record.Bytes(joliet ? "%/E"u8 : "\0\0\0"u8); // Joliet's escape sequence: UCS-2 level 3
        record.Zero(29);
        record.Both16(1); // volumes in the set
        record.Both16(1); // this one's number
        record.Both16(Block.Size);
        record.Both32(hierarchy.PathTableSize);
        record.At(140);
        record.U32(hierarchy.PathTables.LittleEndian);
        record.U32(0);
        record.U32BigEndian(hierarchy.PathTables.BigEndian);
        record.U32(0);
        record.At(156);
        var root = new byte[DirectoryRecord.DotSize];
        var place = (new Block(hierarchy.Root.Start - hierarchy.Origin), hierarchy.Root.Size);
        DirectoryRecord.Write(root, DirectoryRecord.Dot, hierarchy.Root.Inode, place, SystemUse.None, default);
        record.Bytes(root);
        Text(ref record, options.VolumeSetId, LongIdSize, joliet);
        Text(ref record, options.PublisherId, LongIdSize, joliet);
        Text(ref record, options.PreparerId, LongIdSize, joliet);
        Text(ref record, options.ApplicationId, LongIdSize, joliet);
        for (var i = 0; i < 3; i++) // copyright, abstract, bibliography: no such files
            Text(ref record, "", FileIdSize, joliet);
        record.At(813);
        var time = IsoTime.Digits(options.Time);
        Time(ref record, time); // created
        Time(ref record, time); // modified: what becomes the UUID
        Time(ref record, null); // expires: never
        Time(ref record, null); // effective: at once
        record.U8(1); // file structure version
        return descriptor;
    }

    /// <summary>El Torito 2.0, figure 7.</summary>
    public static byte[] BootRecord(Block catalog)
    {
        var descriptor = Start(BootRecordType, out var record);
        record.Text("EL TORITO SPECIFICATION", 32, pad: 0);
        record.Zero(32);
        record.At(0x47);
        record.U32(catalog.Number);
        return descriptor;
    }

    public static byte[] Terminator() => Start(TerminatorType, out _);

    private static byte[] Start(int type, out RecordWriter record)
    {
        var descriptor = new byte[Block.Size];
        record = new RecordWriter(descriptor);
        record.U8(type);
        record.Bytes("CD001"u8);
        record.U8(1);
        return descriptor;
    }

    private static void Check(string what, string text, int limit)
    {
        if (text.Length > limit || text.Any(c => c is < ' ' or > '~'))
            throw new ImageException(ImageErrorKind.Unsupported, "IB2201",
                $"'{text}' cannot be the {what} of an ISO image: up to {limit} printable ASCII characters");
    }

    /// <summary>A text field: ASCII, or UCS-2 of half as many characters, the rest cut; filled with spaces.</summary>
    private static void Text(ref RecordWriter record, string text, int size, bool joliet)
    {
        if (!joliet)
        {
            record.Text(text, size);
            return;
        }
        var units = size / 2;
        record.Bytes(Encoding.BigEndianUnicode.GetBytes(text[..Math.Min(text.Length, units)].PadRight(units)));
        record.Zero(size % 2);
    }

    /// <summary>ECMA-119 8.4.26.1: digits and the zone, here UTC; all digits '0' for "not specified".</summary>
    private static void Time(ref RecordWriter record, string? digits)
    {
        record.Text(digits ?? "", IsoTime.LongDigits, pad: (byte)'0');
        record.U8(0);
    }
}
