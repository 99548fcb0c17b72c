using System.Buffers.Binary;
using System.Text;

namespace ImageBuilder.Formats.Iso9660;

/// <summary>One directory record as it lies on disk (ECMA-119 9.1), checked for itself; whether its extent lies in the image is checked later.</summary>
internal readonly record struct RawDirectoryRecord
{
    /// <summary>The smallest record: 33 bytes and an identifier of one.</summary>
    public const int MinSize = 34;

    private const int FixedSize = 33;
    private const int DirectoryFlag = 0x02;
    private const int AssociatedFlag = 0x04;
    private const int MultiExtentFlag = 0x80;

    /// <summary>Where the record lies, in bytes.</summary>
    public required long Offset { get; init; }

    /// <summary>Length of the record in bytes.</summary>
    public required int Size { get; init; }

    /// <summary>First block of the data, behind an extended attribute record, as the volume counts.</summary>
    public required uint Block { get; init; }

    /// <summary>Length of the data in bytes.</summary>
    public required uint Length { get; init; }

    /// <summary>Modification time, seconds since 1970.</summary>
    public required long ModifiedTime { get; init; }

    public required int Flags { get; init; }

    /// <summary>True when a file is stored in alternating pieces (ECMA-119 6.4.3).</summary>
    public required bool IsInterleaved { get; init; }

    /// <summary>The identifier as stored.</summary>
    public required byte[] Identifier { get; init; }

    /// <summary>The system use area (SUSP 4).</summary>
    public required byte[] SystemUse { get; init; }

    /// <summary>Where the system use area lies, in bytes.</summary>
    public long SystemUseOffset => Offset + Size - SystemUse.Length;

    public bool IsDirectory => (Flags & DirectoryFlag) != 0;

    /// <summary>Another file's side data, as of Apple's systems; not a file of its own.</summary>
    public bool IsAssociated => (Flags & AssociatedFlag) != 0;

    /// <summary>The same file's next section follows.</summary>
    public bool Continues => (Flags & MultiExtentFlag) != 0;

    public bool IsDot => Identifier is [0];

    public bool IsDotDot => Identifier is [1];

    /// <summary>Decodes a record.</summary>
    /// <param name="bytes">From the record's first byte to the end of its block at most.</param>
    /// <param name="at">Where that lies in the image.</param>
    /// <exception cref="ImageException">IB2413: the record breaks a rule; IB2423: its numbers disagree.</exception>
    public static RawDirectoryRecord Read(ReadOnlySpan<byte> bytes, long at)
    {
        int size = bytes[0];
        if (size < MinSize || size > bytes.Length)
            throw IsoError.Corrupt(IsoError.Record, at, size < MinSize
                ? $"a directory record has {size} bytes; the smallest has {MinSize}"
                : $"a directory record of {size} bytes passes the end of its block, {bytes.Length} bytes on");
        var record = new RecordReader(bytes[..size]);
        record.Skip(1);
        var attributeBlocks = record.U8();
        var block = IsoError.Both32(ref record, at, "extent's block");
        var length = IsoError.Both32(ref record, at, "data's length");
        var time = IsoTime.ParseShort(record.Bytes(IsoTime.ShortSize));
        var flags = record.U8();
        var interleaved = record.U8() != 0 | record.U8() != 0;
        record.Skip(4); // volume sequence number
        int nameLength = record.U8();
        record.At(FixedSize);
        if (nameLength == 0 || FixedSize + nameLength > size)
            throw IsoError.Corrupt(IsoError.Record, at + FixedSize - 1, $"an identifier of {nameLength} bytes does not fit its directory record of {size}");
        if (block > uint.MaxValue - attributeBlocks)
            throw IsoError.Corrupt(IsoError.Record, at + 2, $"block {block} cannot be followed by {attributeBlocks} more");
        var name = record.Bytes(nameLength);
        var use = Math.Min(size, (record.Position + 1) & ~1);
        return new RawDirectoryRecord
        {
            Offset = at,
            Size = size,
            Block = block + attributeBlocks,
            Length = length,
            ModifiedTime = time,
            Flags = flags,
            IsInterleaved = interleaved,
            Identifier = name.ToArray(),
            SystemUse = bytes[use..size].ToArray(),
        };
    }

    /// <summary>All records of a directory's data. They do not straddle blocks; a length of 0 ends a block (ECMA-119 6.8.1.1).</summary>
    /// <exception cref="ImageException">IB2413, IB2423: a record is damaged.</exception>
    public static IEnumerable<RawDirectoryRecord> ReadAll(byte[] data, long at)
    {
        for (var position = 0; position < data.Length;)
        {
            var blockEnd = Math.Min(data.Length, (position / Iso9660.Block.Size + 1) * Iso9660.Block.Size);
            if (data[position] == 0)
            {
                position = blockEnd;
                continue;
            }
            var record = Read(data.AsSpan(position, blockEnd - position), at + position);
            yield return record;
            position += record.Size;
        }
    }

    /// <summary>The name where there is no Rock Ridge: Joliet's, or the plain one as Linux shows it, in lower case; without version and closing dot.</summary>
    public byte[] PlainName(bool joliet)
    {
        var text = joliet ? JolietText() : Encoding.Latin1.GetString(Identifier).ToLowerInvariant();
        var version = text.LastIndexOf(';');
        if (version > 0)
            text = text[..version];
        if (!joliet && !IsDirectory && text.Length > 1 && text.EndsWith('.'))
            text = text[..^1];
        return (joliet ? Encoding.UTF8 : Encoding.Latin1).GetBytes(text);
    }

    private string JolietText()
    {
        var units = new char[Identifier.Length / 2];
        for (var i = 0; i < units.Length; i++)
            units[i] = (char)BinaryPrimitives.ReadUInt16BigEndian(Identifier.AsSpan(i * 2));
        return new string(units);
    }
}
