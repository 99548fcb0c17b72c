using ImageBuilder.Formats.Compression.Interop;

namespace ImageBuilder.Formats.Compression;

/// <summary>Blocks in the LZ4 block format, without a frame.</summary>
internal sealed unsafe class Lz4BlockCompressor : BlockCompressor
{
    /// <summary>The level that means LZ4's fast mode; those above it are LZ4HC's.</summary>
    public const int FastLevel = 1;

    private readonly int level;
    private readonly byte[] state;

    public Lz4BlockCompressor(int level)
    {
        SharedLibrary.Require(LibLz4.Library, LibLz4.Package);
        this.level = level;
        state = GC.AllocateArray<byte>(level == FastLevel ? LibLz4.LZ4_sizeofState() : LibLz4.LZ4_sizeofStateHC(), pinned: true);
    }

    public override int Compress(ReadOnlySpan<byte> source, Span<byte> destination)
    {
        const int noAcceleration = 1;
        fixed (byte* from = source, to = destination, working = state)
            return level == FastLevel
                ? LibLz4.LZ4_compress_fast_extState(working, from, to, source.Length, destination.Length, noAcceleration)
                : LibLz4.LZ4_compress_HC_extStateHC(working, from, to, source.Length, destination.Length, level);
    }

    public override void Dispose()
    {
        // The state is managed memory.
    }
}
