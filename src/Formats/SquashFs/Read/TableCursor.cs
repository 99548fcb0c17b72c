using System.Buffers.Binary;

namespace ImageBuilder.Formats.SquashFs;

/// <summary>
/// Takes little-endian fields from bytes one after the other. What lies behind the end reads as zeros and sets
/// <see cref="PastEnd"/>, so that a record is fetched whole and then checked once.
/// </summary>
internal ref struct TableCursor(ReadOnlySpan<byte> bytes, int position = 0)
{
    private readonly ReadOnlySpan<byte> bytes = bytes;

    /// <summary>Byte of the next field.</summary>
    public int Position { get; private set; } = position;

    /// <summary>True when more was asked for than there is.</summary>
    public bool PastEnd { get; private set; }

    /// <summary>Bytes that are left.</summary>
    public readonly int Remaining => bytes.Length - Position;

    public ushort U16() => Take(sizeof(ushort), out var field) ? BinaryPrimitives.ReadUInt16LittleEndian(field) : (ushort)0;

    public uint U32() => Take(sizeof(uint), out var field) ? BinaryPrimitives.ReadUInt32LittleEndian(field) : 0;

    public ulong U64() => Take(sizeof(ulong), out var field) ? BinaryPrimitives.ReadUInt64LittleEndian(field) : 0;

    /// <summary>The next <paramref name="length"/> bytes; empty when there are fewer.</summary>
    public ReadOnlySpan<byte> Bytes(long length) => Take(length, out var field) ? field : default;

    /// <summary>Passes over bytes.</summary>
    public void Skip(long length) => Take(length, out _);

    private bool Take(long length, out ReadOnlySpan<byte> field)
    {
        if (length > Remaining)
        {
            PastEnd = true;
            field = default;
            return false;
        }
        field = bytes.Slice(Position, (int)length);
        Position += (int)length;
        return true;
    }
}
