using System.Buffers.Binary;
using System.Security.Cryptography;
using ImageBuilder.Formats.Compression;

namespace ImageBuilder.Formats.SquashFs;

/// <summary>Makes blocks one after the other: from the cache, which knows them by what is in them, or by reading and compressing. One object per thread.</summary>
internal sealed class BlockMaker(BlockFormat format, int blockSize) : IDisposable
{
    private readonly BlockCompressor? compressor = format.ForData();
    private readonly IBlockCache? cache = format.Cache;
    private readonly byte[] keyPrefix = format.CacheId;
    private readonly IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private byte[] input = new byte[blockSize];

    /// <summary>Makes a block.</summary>
    /// <param name="job">Which.</param>
    /// <param name="output">A buffer of the block size; holds the bytes to store afterwards. It may have become another one.</param>
    public BlockResult Make(BlockJob job, ref byte[] output)
    {
        var length = LengthOf(job);
        if (job.File?.Digests is { } digests && digests.IsZeros(job.Block))
            return new BlockResult(length, 0, IsRaw: false);
        // A block that does not become smaller is stored as it is.
        var room = output.AsSpan(0, length - 1);
        Span<byte> key = stackalloc byte[IBlockCache.KeyLength];
        var stored = TryKey(job, key) ? cache!.Read(key, room) : IBlockCache.Unknown;
        if (stored > 0)
            return new BlockResult(length, stored, IsRaw: false);
        var data = input.AsSpan(0, length);
        Read(job, data);
        if (job.File is not null && !data.ContainsAnyExcept((byte)0))
            return new BlockResult(length, 0, IsRaw: false);
        if (stored == IBlockCache.Unknown)
            stored = Compress(job, data, room, key);
        if (stored > 0)
            return new BlockResult(length, stored, IsRaw: false);
        (input, output) = (output, input);
        return new BlockResult(length, length, IsRaw: true);
    }

    public void Dispose()
    {
        compressor?.Dispose();
        hash.Dispose();
    }

    private int Compress(BlockJob job, ReadOnlySpan<byte> data, Span<byte> room, ReadOnlySpan<byte> key)
    {
        var stored = compressor?.Compress(data, room) ?? 0;
        // What was written to meanwhile is not what the key says.
        if (cache is not null && IsAsDigested(job, data))
            cache.Add(key, room[..stored]);
        return stored;
    }

    private int LengthOf(BlockJob job) => job.Fragment?.Length ?? (int)Math.Min(blockSize, job.File!.Length - job.File.TailLength - OffsetOf(job));

    private long OffsetOf(BlockJob job) => (long)job.Block * blockSize;

    private void Read(BlockJob job, Span<byte> data)
    {
        if (job.Fragment is null)
            job.File!.Content.Read(OffsetOf(job), data);
        else
            foreach (var file in job.Fragment.Files)
                file.Content.Read(file.Length - file.TailLength, data.Slice(file.FragmentOffset, file.TailLength));
    }

    /// <summary>What the cache calls a block: SHA-256 of what compresses it and of the digests of what is in it; of tails with their lengths. False without a cache.</summary>
    private bool TryKey(BlockJob job, Span<byte> key)
    {
        if (cache is null)
            return false;
        hash.AppendData(keyPrefix);
        if (job.Fragment is null)
            hash.AppendData(job.File!.Digests![job.Block]);
        else
            AppendTails(job.Fragment);
        hash.GetHashAndReset(key);
        return true;
    }

    private void AppendTails(Fragment fragment)
    {
        Span<byte> length = stackalloc byte[sizeof(int)];
        foreach (var file in fragment.Files)
        {
            // Zeros of any length have one digest.
            BinaryPrimitives.WriteInt32LittleEndian(length, file.TailLength);
            hash.AppendData(length);
            hash.AppendData(file.Digests![^1]);
        }
    }

    private static bool IsAsDigested(BlockJob job, ReadOnlySpan<byte> data)
    {
        if (job.Fragment is null)
            return job.File!.Digests!.IsOf(data, job.Block);
        foreach (var file in job.Fragment.Files)
            if (!file.Digests!.IsOf(data.Slice(file.FragmentOffset, file.TailLength), file.Digests.Count - 1))
                return false;
        return true;
    }
}
