using System.Security.Cryptography;

namespace ImageBuilder.Formats.Compression;

/// <summary>Asks a cache before it compresses blocks of tables.</summary>
/// <param name="compressor">Compresses what the cache does not know.</param>
/// <param name="compressorId">Everything besides the input that decides the output: compressor, level, block size, version.</param>
internal sealed class CachingBlockCompressor(BlockCompressor compressor, byte[] compressorId, IBlockCache cache) : BlockCompressor
{
    private readonly IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    public override int Compress(ReadOnlySpan<byte> source, Span<byte> destination)
    {
        Span<byte> key = stackalloc byte[IBlockCache.KeyLength];
        hash.AppendData(compressorId);
        hash.AppendData(source);
        hash.GetHashAndReset(key);
        var length = cache.Read(key, destination, isData: false);
        if (length == IBlockCache.Unknown)
        {
            length = compressor.Compress(source, destination);
            cache.Add(key, destination[..length]);
        }
        return length;
    }

    public override void Dispose()
    {
        compressor.Dispose();
        hash.Dispose();
    }
}
