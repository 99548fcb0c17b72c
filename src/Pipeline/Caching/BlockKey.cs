using System.Buffers.Binary;
using ImageBuilder.Formats.Compression;

namespace ImageBuilder.Pipeline.Caching;

/// <summary>A SHA-256 as a value that dictionaries take.</summary>
internal readonly record struct BlockKey(ulong First, ulong Second, ulong Third, ulong Fourth)
{
    private const int Part = sizeof(ulong);

    public static BlockKey Of(ReadOnlySpan<byte> key) => new(BinaryPrimitives.ReadUInt64LittleEndian(key), BinaryPrimitives.ReadUInt64LittleEndian(key[Part..]),
        BinaryPrimitives.ReadUInt64LittleEndian(key[(2 * Part)..]), BinaryPrimitives.ReadUInt64LittleEndian(key[(3 * Part)..IBlockCache.KeyLength]));

    public void CopyTo(Span<byte> key)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(key, First);
        BinaryPrimitives.WriteUInt64LittleEndian(key[Part..], Second);
        BinaryPrimitives.WriteUInt64LittleEndian(key[(2 * Part)..], Third);
        BinaryPrimitives.WriteUInt64LittleEndian(key[(3 * Part)..], Fourth);
    }

    // A digest is as good as any hash of it.
    public override int GetHashCode() => (int)First;
}
