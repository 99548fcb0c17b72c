using System.Buffers.Binary;

namespace ImageBuilder.Formats;

/// <summary>
/// Takes one on-disk record apart field by field, the counterpart of <see cref="RecordWriter"/>. Numbers are little-endian unless the name says
/// otherwise. The caller makes sure that the record is long enough; reading past its end is a defect, not bad data.
/// </summary>
internal ref struct RecordReader(ReadOnlySpan<byte> record)
{
    private readonly ReadOnlySpan<byte> record = record;

    /// <summary>Bytes taken so far.</summary>
    public int Position { get; private set; }

    /// <summary>Checks that the next field begins at the offset that the specification gives.</summary>
    public readonly void At(int offset)
    {
        if (Position != offset)
            throw new InvalidOperationException($"the next field lies at byte {Position} of its record, but belongs at {offset}");
    }

    public byte U8() => Bytes(1)[0];

    public ushort U16() => BinaryPrimitives.ReadUInt16LittleEndian(Bytes(2));

    public uint U32() => BinaryPrimitives.ReadUInt32LittleEndian(Bytes(4));

    public ulong U64() => BinaryPrimitives.ReadUInt64LittleEndian(Bytes(8));

    public ushort U16BigEndian() => BinaryPrimitives.ReadUInt16BigEndian(Bytes(2));

    public uint U32BigEndian() => BinaryPrimitives.ReadUInt32BigEndian(Bytes(4));

    /// <summary>A GUID in the mixed-endian form of UEFI.</summary>
    public Guid Guid() => new(Bytes(16));

    public ReadOnlySpan<byte> Bytes(int length)
    {
        var field = record.Slice(Position, length);
        Position += length;
        return field;
    }

    public void Skip(int length) => Bytes(length);
}
