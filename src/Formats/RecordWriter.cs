using System.Buffers.Binary;
using System.Text;

namespace ImageBuilder.Formats;

/// <summary>
/// Fills one on-disk record field by field, so that every offset follows from the lengths before it. Numbers are little-endian
/// unless the name says otherwise; <see cref="At"/> checks an offset that a specification states.
/// </summary>
internal ref struct RecordWriter(Span<byte> record)
{
    private readonly Span<byte> record = record;

    /// <summary>Bytes filled so far.</summary>
    public int Position { get; private set; }

    /// <summary>Checks that the next field begins at the offset that the specification gives.</summary>
    public readonly void At(int offset)
    {
        if (Position != offset)
            throw new InvalidOperationException($"the next field lies at byte {Position} of its record, but belongs at {offset}");
    }

    /// <summary>Checks that the record is full.</summary>
    public readonly void End() => At(record.Length);

    public void U8(int value) => Next(1)[0] = checked((byte)value);

    public void U16(int value) => BinaryPrimitives.WriteUInt16LittleEndian(Next(2), checked((ushort)value));

    public void U32(uint value) => BinaryPrimitives.WriteUInt32LittleEndian(Next(4), value);

    public void U64(ulong value) => BinaryPrimitives.WriteUInt64LittleEndian(Next(8), value);

    public void U16BigEndian(int value) => BinaryPrimitives.WriteUInt16BigEndian(Next(2), checked((ushort)value));

    public void U32BigEndian(uint value) => BinaryPrimitives.WriteUInt32BigEndian(Next(4), value);

    /// <summary>ECMA-119 7.2.3: the number little-endian, then again big-endian.</summary>
    public void Both16(int value)
    {
        U16(value);
        U16BigEndian(value);
    }

    /// <summary>ECMA-119 7.3.3: the number little-endian, then again big-endian.</summary>
    public void Both32(uint value)
    {
        U32(value);
        U32BigEndian(value);
    }

    public void Bytes(scoped ReadOnlySpan<byte> bytes) => bytes.CopyTo(Next(bytes.Length));

    /// <summary>ASCII text in a field of <paramref name="length"/> bytes, filled up with <paramref name="pad"/>.</summary>
    public void Text(string text, int length, byte pad = (byte)' ')
    {
        var field = Next(length);
        field.Fill(pad);
        Encoding.ASCII.GetBytes(text, field);
    }

    /// <summary>A GUID in the mixed-endian form of UEFI.</summary>
    public void Guid(Guid value) => value.TryWriteBytes(Next(16));

    public void Zero(int length) => Next(length).Clear();

    private Span<byte> Next(int length)
    {
        var field = record.Slice(Position, length);
        Position += length;
        return field;
    }
}
