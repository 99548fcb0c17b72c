using System.Text;

namespace ImageBuilder.Formats.Iso9660;

/// <summary>What one volume descriptor says (ECMA-119 8.4 and 8.5).</summary>
public sealed record IsoDescriptor
{
    private const string JolietEscapes = "@CE";

    /// <summary>Where the descriptor lies, in bytes.</summary>
    public required long Offset { get; init; }

    /// <summary>True for a Joliet descriptor, whose texts and names are UCS-2.</summary>
    public required bool IsJoliet { get; init; }

    /// <summary>System the volume's first 16 blocks are for.</summary>
    public required string SystemId { get; init; }

    /// <summary>Volume label.</summary>
    public required string VolumeId { get; init; }

    /// <summary>Length of the volume in blocks of 2048 bytes.</summary>
    public required uint BlockCount { get; init; }

    /// <summary>Volume set identifier.</summary>
    public required string VolumeSetId { get; init; }

    /// <summary>Publisher.</summary>
    public required string PublisherId { get; init; }

    /// <summary>Preparer.</summary>
    public required string PreparerId { get; init; }

    /// <summary>Application.</summary>
    public required string ApplicationId { get; init; }

    /// <summary>When the volume was made: sixteen digits, year to hundredths; null when not stated.</summary>
    public required string? Created { get; init; }

    /// <summary>When it was last changed, as <see cref="Created"/>; blkid and GRUB make the volume's UUID of it.</summary>
    public required string? Modified { get; init; }

    /// <summary>The volume's UUID as blkid and GRUB show it; null when the volume has no time.</summary>
    public string? Uuid => (Modified ?? Created) is { } digits ? IsoImage.UuidOf(digits) : null;

    /// <summary>Length of either path table, in bytes.</summary>
    internal uint PathTableSize { get; init; }

    /// <summary>Block of the little-endian path table, as the volume counts.</summary>
    internal uint LittleEndianPathTable { get; init; }

    /// <summary>Block of the big-endian path table, as the volume counts.</summary>
    internal uint BigEndianPathTable { get; init; }

    /// <summary>The root directory's own record.</summary>
    internal RawDirectoryRecord Root { get; init; }

    /// <summary>Decodes a primary descriptor, or a supplementary one; null for a supplementary one whose characters nobody knows.</summary>
    /// <exception cref="ImageException">IB2411, IB2412, IB2413, IB2423: the descriptor is damaged or not supported.</exception>
    internal static IsoDescriptor? Read(ReadOnlySpan<byte> block, long at)
    {
        var record = new RecordReader(block);
        var primary = record.U8() == VolumeDescriptors.PrimaryType;
        record.Skip(7); // identifier, version, flags
        var systemId = record.Bytes(VolumeDescriptors.VolumeIdSize);
        var volumeId = record.Bytes(VolumeDescriptors.VolumeIdSize);
        record.Skip(8);
        record.At(80);
        var blocks = IsoError.Both32(ref record, at, "volume's length");
        var escapes = record.Bytes(32);
        var joliet = !primary && escapes.StartsWith("%/"u8) && JolietEscapes.Contains((char)escapes[2]);
        if (!primary && !joliet)
            return null;
        record.Skip(8); // volume set size, number in the set
        record.At(128);
        var blockSize = IsoError.Both16(ref record, at, "block size");
        if (blockSize != Block.Size)
            throw IsoError.NotSupported(IsoError.Unsupported, at + 128, $"the volume has blocks of {blockSize} bytes; only {Block.Size} are read");
        var tableSize = IsoError.Both32(ref record, at, "path table's length");
        record.At(140);
        var little = record.U32();
        record.Skip(4);
        var big = record.U32BigEndian();
        record.Skip(4);
        record.At(156);
        var root = RawDirectoryRecord.Read(record.Bytes(RawDirectoryRecord.MinSize), at + 156);
        if (!root.IsDirectory)
            throw IsoError.Corrupt(IsoError.Descriptor, at + 156, "the root directory's record is not a directory's");
        return new IsoDescriptor
        {
            Offset = at,
            IsJoliet = joliet,
            SystemId = Text(systemId, joliet),
            VolumeId = Text(volumeId, joliet),
            BlockCount = blocks,
            PathTableSize = tableSize,
            LittleEndianPathTable = little,
            BigEndianPathTable = big,
            Root = root,
            VolumeSetId = Text(record.Bytes(VolumeDescriptors.LongIdSize), joliet),
            PublisherId = Text(record.Bytes(VolumeDescriptors.LongIdSize), joliet),
            PreparerId = Text(record.Bytes(VolumeDescriptors.LongIdSize), joliet),
            ApplicationId = Text(record.Bytes(VolumeDescriptors.LongIdSize), joliet),
            Created = Time(block.Slice(813, IsoTime.LongDigits)),
            Modified = Time(block.Slice(830, IsoTime.LongDigits)),
        };
    }

    private static string Text(ReadOnlySpan<byte> field, bool joliet)
    {
        if (joliet)
            return Encoding.BigEndianUnicode.GetString(field[..(field.Length & ~1)]).TrimEnd(' ', '\0');
        return Trees.EntryName.Printable(field.TrimEnd((byte)0)).TrimEnd(' ');
    }

    private static string? Time(ReadOnlySpan<byte> digits) =>
        digits.ContainsAnyExceptInRange((byte)'0', (byte)'9') || !digits.ContainsAnyExcept((byte)'0') ? null : Encoding.ASCII.GetString(digits);
}
