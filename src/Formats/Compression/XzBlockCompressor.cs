using ImageBuilder.Formats.Compression.Interop;

namespace ImageBuilder.Formats.Compression;

/// <summary>Blocks as .xz streams with a CRC32 check, the only check every kernel decoder knows.</summary>
internal sealed unsafe class XzBlockCompressor : BlockCompressor
{
    /// <summary>Tells apart what the same library and preset were told to do otherwise by earlier versions: part of every cache key.</summary>
    public const string Variant = "text without position bits";

    // A text has no zeros, or as good as none; programs and tables are full of them.
    private const int TextLengthPerZero = 50;

    private readonly LibLzma.Stream stream;
    private LibLzma.LzmaOptions options;
    private readonly uint positionBits;

    /// <param name="preset">0 to 9, as the xz program's.</param>
    /// <param name="dictionarySize">In bytes; what the reader must have as well.</param>
    public XzBlockCompressor(int preset, int dictionarySize)
    {
        SharedLibrary.Require(LibLzma.Library, LibLzma.Package);
        stream = new LibLzma.Stream();
        fixed (LibLzma.LzmaOptions* settings = &options)
            if (LibLzma.lzma_lzma_preset(settings, (uint)preset) != 0)
                throw Failed("liblzma", 0, $"it has no preset {preset}");
        options.DictionarySize = (uint)dictionarySize;
        positionBits = options.PositionBits;
    }

    public override int Compress(ReadOnlySpan<byte> source, Span<byte> destination)
    {
        var raw = stream.Raw;
        // The preset expects what repeats every four bytes. In text nothing does; told so, liblzma makes it smaller.
        options.PositionBits = source.Count((byte)0) * TextLengthPerZero < source.Length ? 0 : positionBits;
        fixed (LibLzma.LzmaOptions* settings = &options)
        fixed (byte* from = source, to = destination)
        {
            var filters = stackalloc LibLzma.Filter[]
            {
                new() { Id = LibLzma.FilterLzma2, Options = settings },
                new() { Id = LibLzma.FilterListEnd },
            };
            var result = LibLzma.lzma_stream_encoder(raw, filters, LibLzma.CheckCrc32);
            if (result != LibLzma.Result.Ok)
                throw Failed("liblzma", source.Length, result);
            raw->NextIn = from;
            raw->AvailableIn = (nuint)source.Length;
            raw->NextOut = to;
            raw->AvailableOut = (nuint)destination.Length;
            result = LibLzma.lzma_code(raw, LibLzma.Action.Finish);
            return result switch
            {
                LibLzma.Result.StreamEnd => destination.Length - (int)raw->AvailableOut,
                LibLzma.Result.Ok or LibLzma.Result.InputCutOff => 0, // the destination is full
                _ => throw Failed("liblzma", source.Length, result),
            };
        }
    }

    public override void Dispose() => stream.Dispose();
}
