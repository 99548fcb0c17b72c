using System.Collections.Concurrent;
using ImageBuilder.Formats.Compression;
using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Formats.SquashFs;

/// <summary>
/// Fetches and decompresses single blocks of an image. Used by several threads at once; each call borrows a decompressor and a buffer.
/// </summary>
internal sealed class BlockReader
{
    private readonly Content image;
    private readonly Func<BlockDecompressor> create;
    private readonly ConcurrentBag<Worker> idle = [];

    /// <exception cref="ImageException">IB2121: there is no such compressor. IB2101: the compressor's library is not installed.</exception>
    public BlockReader(Content image, Superblock superblock)
    {
        this.image = image;
        BlockSize = superblock.BlockSize;
        End = superblock.BytesUsed;
        DataEnd = superblock.InodeTable;
        create = superblock.Compressor switch
        {
            CompressorId.Gzip => () => new ZlibBlockDecompressor(),
            CompressorId.Lzma => () => new LzmaBlockDecompressor(LzmaContainer.Alone),
            CompressorId.Xz => () => new LzmaBlockDecompressor(LzmaContainer.Xz),
            CompressorId.Lz4 => () => new Lz4BlockDecompressor(),
            CompressorId.Zstd => () => new ZstdBlockDecompressor(),
            CompressorId.Lzo => () => new LzoBlockDecompressor(),
            var other => throw Unsupported($"it names compressor {(ushort)other}, which SquashFS 4.0 does not have"),
        };
        idle.Add(new Worker(create(), BlockSize));
    }

    /// <summary>Uncompressed bytes of a full data block.</summary>
    public int BlockSize { get; }

    /// <summary>Bytes of the image that are in use.</summary>
    public long End { get; }

    /// <summary>Where data blocks and fragments end: the inode table's first byte.</summary>
    public long DataEnd { get; }

    private sealed record Worker(BlockDecompressor Decompressor, int BlockSize)
    {
        public byte[] Input { get; } = new byte[BlockSize];
    }

    /// <summary>Raw bytes of the image.</summary>
    /// <exception cref="ImageException">IB2122: they lie outside of it.</exception>
    public void Read(long at, Span<byte> bytes, string what)
    {
        if (at < 0 || bytes.Length > End - at)
            throw SquashFsError.Corrupt(SquashFsError.Table, at, $"{what} of {bytes.Length} bytes passes the image's end at byte {End}");
        image.Read(at, bytes);
    }

    /// <summary>The length on disk of the metadata block at a position, header included.</summary>
    /// <exception cref="ImageException">IB2123: the header is nonsense, or the block passes <paramref name="end"/>.</exception>
    public int MetadataLength(long at, long end, string table)
    {
        Span<byte> header = stackalloc byte[MetadataBlock.HeaderSize];
        if (end - at > header.Length)
            Read(at, header, "a metadata block's header");
        var length = System.Buffers.Binary.BinaryPrimitives.ReadUInt16LittleEndian(header) & ~MetadataBlock.RawFlag;
        if (length is 0 or > MetadataBlock.Size || length > end - at - header.Length)
            throw SquashFsError.Corrupt(SquashFsError.Metadata, at, $"a metadata block of the {table} claims {length} bytes; 1 to {MetadataBlock.Size} are possible, and {Math.Max(0, end - at - header.Length)} are left in the table");
        return header.Length + length;
    }

    /// <summary>Decompresses a metadata block and returns its length, which is not 0.</summary>
    /// <param name="at">Where its header is.</param>
    /// <param name="length">What <see cref="MetadataLength"/> says.</param>
    /// <param name="destination">At least <see cref="MetadataBlock.Size"/> bytes.</param>
    /// <param name="table">How the table is called in errors.</param>
    public int ReadMetadata(long at, int length, Span<byte> destination, string table)
    {
        Span<byte> stored = stackalloc byte[MetadataBlock.HeaderSize + MetadataBlock.Size];
        stored = stored[..length];
        Read(at, stored, "a metadata block");
        var isRaw = (stored[1] & (MetadataBlock.RawFlag >> 8)) != 0;
        stored = stored[MetadataBlock.HeaderSize..];
        if (isRaw)
        {
            stored.CopyTo(destination);
            return stored.Length;
        }
        var worker = Borrow();
        try
        {
            var uncompressed = worker.Decompressor.Decompress(stored, destination[..MetadataBlock.Size]);
            return uncompressed > 0 ? uncompressed : throw SquashFsError.Corrupt(SquashFsError.Metadata, at, $"a metadata block of the {table} is empty");
        }
        catch (ImageException error) when (error.Id is "IB2103" or "IB2104")
        {
            throw SquashFsError.At(SquashFsError.Metadata, at, $"a metadata block of the {table}", error);
        }
        finally
        {
            idle.Add(worker);
        }
    }

    /// <summary>Decompresses a data block or fragment that takes space, and returns its length.</summary>
    /// <param name="at">Where it begins.</param>
    /// <param name="size">Its size on disk.</param>
    /// <param name="destination">As long as the block may be.</param>
    /// <param name="what">How it is called in errors.</param>
    /// <exception cref="ImageException">IB2126: damaged, or not where data is.</exception>
    public int ReadData(long at, DataBlockSize size, Span<byte> destination, Func<string> what)
    {
        CheckPlace(at, size, what);
        var stored = (int)size.Stored;
        if (size.IsRaw)
        {
            if (stored > destination.Length)
                throw SquashFsError.Corrupt(SquashFsError.Data, at, $"{what()} is stored in {stored} bytes; {destination.Length} at most are possible");
            image.Read(at, destination[..stored]);
            return stored;
        }
        var worker = Borrow();
        try
        {
            image.Read(at, worker.Input.AsSpan(0, stored));
            return worker.Decompressor.Decompress(worker.Input.AsSpan(0, stored), destination);
        }
        catch (ImageException error) when (error.Id is "IB2103" or "IB2104")
        {
            throw SquashFsError.At(SquashFsError.Data, at, what(), error);
        }
        finally
        {
            idle.Add(worker);
        }
    }

    /// <summary>Checks that a block on disk lies where data may be and is no longer than one.</summary>
    /// <exception cref="ImageException">IB2126: it does not.</exception>
    public void CheckPlace(long at, DataBlockSize size, Func<string> what)
    {
        if (size.Stored > BlockSize || size.Stored == 0)
            throw SquashFsError.Corrupt(SquashFsError.Data, at, $"{what()} has a size of 0x{size.Value:x} on disk; 1 to {BlockSize} bytes are possible");
        if (at < Superblock.Size || at > DataEnd - size.Stored)
            throw SquashFsError.Corrupt(SquashFsError.Data, at, $"{what()} of {size.Stored} bytes does not lie between the superblock and the inode table at byte {DataEnd}");
    }

    private Worker Borrow() => idle.TryTake(out var worker) ? worker : new Worker(create(), BlockSize);

    private static ImageException Unsupported(string what) =>
        SquashFsError.NotRead(Superblock.OffsetOf("compressor"), what);
}
