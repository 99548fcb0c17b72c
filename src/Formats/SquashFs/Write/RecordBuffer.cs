using System.Buffers;
using System.Buffers.Binary;

namespace ImageBuilder.Formats.SquashFs;

/// <summary>Collects an on-disk record of a length that is not known before, field after field, little-endian; see also <see cref="Formats.RecordWriter"/>.</summary>
internal sealed class RecordBuffer
{
    private readonly ArrayBufferWriter<byte> buffer = new();

    /// <summary>The record so far.</summary>
    public ReadOnlySpan<byte> Written => buffer.WrittenSpan;

    public void Clear() => buffer.ResetWrittenCount();

    public void U16(ushort value)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(buffer.GetSpan(sizeof(ushort)), value);
        buffer.Advance(sizeof(ushort));
    }

    public void U32(uint value)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(buffer.GetSpan(sizeof(uint)), value);
        buffer.Advance(sizeof(uint));
    }

    public void U64(ulong value)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(buffer.GetSpan(sizeof(ulong)), value);
        buffer.Advance(sizeof(ulong));
    }

    public void Bytes(ReadOnlySpan<byte> value) => buffer.Write(value);
}
