using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;
using ImageBuilder.Formats.Compression;
using Microsoft.Win32.SafeHandles;

namespace ImageBuilder.Pipeline.Caching;

/// <summary>Where a compressed block lies.</summary>
/// <param name="Segment">The file.</param>
/// <param name="Offset">Of its record, in bytes.</param>
/// <param name="Length">Of the compressed bytes; 0 for a block that does not become smaller.</param>
internal readonly record struct BlockPlace(BlockSegment Segment, long Offset, int Length);

/// <summary>One file of the store: a header, then records one after the other. Only its maker appends; a reader takes the whole records that are there.</summary>
internal sealed class BlockSegment : IDisposable
{
    public const string Extension = ".blocks";

    /// <summary>Longest compressed block, in bytes: SquashFS blocks have at most 1 MiB, and are kept only when they became smaller.</summary>
    public const int LongestBlock = 1 << 20;

    // length u32, CRC-32C u32 of all that follows, key, compressed bytes
    private const int LengthOffset = 0, CrcOffset = 4, KeyOffset = 8;
    private const int RecordHeader = KeyOffset + IBlockCache.KeyLength;
    private static ReadOnlySpan<byte> Magic => "IBBLOCK1"u8;

    private readonly SafeFileHandle file;

    private BlockSegment(string path, SafeFileHandle file, long length) => (Path, this.file, Length) = (path, file, length);

    public string Path { get; }

    /// <summary>In bytes.</summary>
    public long Length { get; private set; }

    /// <summary>A block of it was of use.</summary>
    public bool Used { get; set; }

    /// <summary>A new segment with a name that nobody else has.</summary>
    public static BlockSegment Create(string folder)
    {
        var path = System.IO.Path.Combine(folder, $"{DateTime.UtcNow:yyyyMMddHHmmssfff}-{Environment.ProcessId}-{Guid.NewGuid():N}{Extension}");
        var file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        RandomAccess.Write(file, Magic, 0);
        return new BlockSegment(path, file, Magic.Length);
    }

    /// <summary>Opens a segment to read; null when it has gone meanwhile, or is none.</summary>
    public static BlockSegment? TryOpen(string path)
    {
        SafeFileHandle file;
        try
        {
            file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        }
        catch (FileNotFoundException)
        {
            return null;
        }
        Span<byte> magic = stackalloc byte[Magic.Length];
        if (RandomAccess.Read(file, magic, 0) == magic.Length && magic.SequenceEqual(Magic))
            return new BlockSegment(path, file, RandomAccess.GetLength(file));
        file.Dispose();
        return null;
    }

    /// <summary>The records that are whole, from the first on; what lies behind one that cannot be a record is not looked at.</summary>
    public IEnumerable<(BlockKey Key, BlockPlace Place)> Records()
    {
        var header = new byte[RecordHeader];
        for (long offset = Magic.Length; offset + RecordHeader <= Length;)
        {
            if (RandomAccess.Read(file, header, offset) < RecordHeader)
                yield break;
            var length = BinaryPrimitives.ReadUInt32LittleEndian(header.AsSpan(LengthOffset));
            if (length > LongestBlock || offset + RecordHeader + length > Length)
                yield break;
            yield return (BlockKey.Of(header.AsSpan(KeyOffset)), new BlockPlace(this, offset, (int)length));
            offset += RecordHeader + length;
        }
    }

    /// <summary>Copies the compressed bytes; false when the record is not what was written.</summary>
    public bool TryRead(BlockPlace place, ReadOnlySpan<byte> key, Span<byte> destination)
    {
        Span<byte> header = stackalloc byte[RecordHeader];
        var bytes = destination[..place.Length];
        return ReadWhole(header, place.Offset) && ReadWhole(bytes, place.Offset + RecordHeader)
            && BinaryPrimitives.ReadUInt32LittleEndian(header[LengthOffset..]) == place.Length
            && header[KeyOffset..].SequenceEqual(key)
            && BinaryPrimitives.ReadUInt32LittleEndian(header[CrcOffset..]) == Crc(Crc(uint.MaxValue, key), bytes);
    }

    /// <summary>Appends a record, whole in one write: a reader sees all of it or notices.</summary>
    public void Append(ReadOnlySpan<byte> key, ReadOnlySpan<byte> compressed)
    {
        var record = new byte[RecordHeader + compressed.Length];
        BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(LengthOffset), (uint)compressed.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(CrcOffset), Crc(Crc(uint.MaxValue, key), compressed));
        key.CopyTo(record.AsSpan(KeyOffset));
        compressed.CopyTo(record.AsSpan(RecordHeader));
        RandomAccess.Write(file, record, Length);
        Length += record.Length;
    }

    /// <summary>Marks it as used now, for the order in which segments are deleted.</summary>
    public void Touch()
    {
        if (File.Exists(Path))
            File.SetLastWriteTimeUtc(Path, DateTime.UtcNow);
    }

    public void Dispose() => file.Dispose();

    private bool ReadWhole(Span<byte> buffer, long offset)
    {
        while (!buffer.IsEmpty)
        {
            var read = RandomAccess.Read(file, buffer, offset);
            if (read == 0)
                return false;
            buffer = buffer[read..];
            offset += read;
        }
        return true;
    }

    // CRC-32C, which processors have an instruction for.
    private static uint Crc(uint crc, ReadOnlySpan<byte> bytes)
    {
        var words = MemoryMarshal.Cast<byte, ulong>(bytes);
        foreach (var word in words)
            crc = BitOperations.Crc32C(crc, word);
        foreach (var rest in bytes[(words.Length * sizeof(ulong))..])
            crc = BitOperations.Crc32C(crc, rest);
        return crc;
    }
}
