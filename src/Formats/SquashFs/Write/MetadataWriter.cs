using System.Buffers;
using System.Buffers.Binary;
using ImageBuilder.Formats.Compression;

namespace ImageBuilder.Formats.SquashFs;

/// <summary>
/// A table of metadata blocks in memory: a stream of records cut every 8192 bytes, each block behind a 2-byte header that holds its
/// length on disk and, in bit 15, that it is not compressed. A block is compressed as soon as it is full, so the place of the
/// next record is known at any time.
/// </summary>
/// <param name="compressor">Compresses the blocks; null stores them as they are.</param>
internal sealed class MetadataWriter(BlockCompressor? compressor)
{
    private readonly ArrayBufferWriter<byte> output = new();
    private readonly List<uint> blockStarts = [];
    private readonly byte[] block = new byte[MetadataBlock.Size];
    private readonly byte[] compressed = new byte[MetadataBlock.HeaderSize + MetadataBlock.Size];
    private int fill;

    /// <summary>Where the next record goes.</summary>
    public MetadataReference Position => new((uint)output.WrittenCount, (ushort)fill);

    /// <summary>Uncompressed bytes written so far.</summary>
    public long UncompressedLength => ((long)blockStarts.Count * MetadataBlock.Size) + fill;

    /// <summary>Bytes on disk, once finished.</summary>
    public int Length => output.WrittenCount;

    /// <summary>Where a block, full or being filled, is on disk: bytes from the table's start.</summary>
    public uint BlockStart(int index) => index < blockStarts.Count ? blockStarts[index] : Position.Block;

    /// <summary>Appends a record; it may straddle blocks.</summary>
    public MetadataReference Write(ReadOnlySpan<byte> record)
    {
        var position = Position;
        while (!record.IsEmpty)
        {
            var part = record[..Math.Min(record.Length, MetadataBlock.Size - fill)];
            part.CopyTo(block.AsSpan(fill));
            fill += part.Length;
            record = record[part.Length..];
            if (fill == MetadataBlock.Size)
                WriteBlock();
        }
        return position;
    }

    /// <summary>Writes the last, partial block.</summary>
    public void Finish()
    {
        if (fill > 0)
            WriteBlock();
    }

    /// <summary>Appends the finished table to an image.</summary>
    public void CopyTo(Stream image) => image.Write(output.WrittenSpan);

    /// <summary>Appends to an image the array of 64-bit offsets by which readers find the blocks of this table.</summary>
    /// <param name="image">The image.</param>
    /// <param name="tableStart">Where the table was put in the image.</param>
    public void WriteIndex(Stream image, long tableStart)
    {
        var index = new byte[blockStarts.Count * sizeof(ulong)];
        for (var i = 0; i < blockStarts.Count; i++)
            BinaryPrimitives.WriteInt64LittleEndian(index.AsSpan(i * sizeof(ulong)), tableStart + blockStarts[i]);
        image.Write(index);
    }

    /// <summary>One block with its header, not compressed: the form of the compressor options behind the superblock.</summary>
    public static byte[] RawBlock(ReadOnlySpan<byte> content)
    {
        var bytes = new byte[MetadataBlock.HeaderSize + content.Length];
        BinaryPrimitives.WriteUInt16LittleEndian(bytes, (ushort)(content.Length | MetadataBlock.RawFlag));
        content.CopyTo(bytes.AsSpan(MetadataBlock.HeaderSize));
        return bytes;
    }

    private void WriteBlock()
    {
        var content = block.AsSpan(0, fill);
        blockStarts.Add((uint)output.WrittenCount);
        var length = compressor?.Compress(content, compressed.AsSpan(MetadataBlock.HeaderSize, fill - 1)) ?? 0;
        if (length == 0)
        {
            output.Write(RawBlock(content));
        }
        else
        {
            BinaryPrimitives.WriteUInt16LittleEndian(compressed, (ushort)length);
            output.Write(compressed.AsSpan(0, MetadataBlock.HeaderSize + length));
        }
        fill = 0;
    }
}
