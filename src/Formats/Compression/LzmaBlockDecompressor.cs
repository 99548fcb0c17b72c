using System.Buffers.Binary;
using ImageBuilder.Formats.Compression.Interop;

namespace ImageBuilder.Formats.Compression;

/// <summary>Blocks as .xz streams with whatever filters, or as .lzma files ("LZMA alone").</summary>
internal sealed unsafe class LzmaBlockDecompressor(LzmaContainer container) : BlockDecompressor
{
    // .lzma: a byte of properties, the dictionary's size, the uncompressed size; lzma-file-format.txt 1.1.
    private const int AloneSizeField = 5;
    private const int AloneHeader = AloneSizeField + sizeof(ulong);
    private readonly LibLzma.Stream stream = Open();
    private byte[] input = [];

    public override int Decompress(ReadOnlySpan<byte> source, Span<byte> destination)
    {
        var raw = stream.Raw;
        if (container == LzmaContainer.Alone)
            return DecompressAlone(source, destination);
        var result = LibLzma.lzma_stream_decoder(raw, MaxWorkingMemory, 0);
        if (result == LibLzma.Result.Ok)
            result = Run(source, destination);
        return result == LibLzma.Result.StreamEnd ? destination.Length - (int)raw->AvailableOut : throw Failed("xz", source.Length, result);
    }

    public override void Dispose() => stream.Dispose();

    private static LibLzma.Stream Open()
    {
        SharedLibrary.Require(LibLzma.Library, LibLzma.Package);
        return new LibLzma.Stream();
    }

    /// <summary>
    /// The header's size is exact, but an end marker may follow, which old decoders refuse: the size is hidden from the decoder and
    /// looked at here.
    /// </summary>
    private int DecompressAlone(ReadOnlySpan<byte> source, Span<byte> destination)
    {
        if (source.Length < AloneHeader)
            throw Damaged("LZMA", source.Length, "its header is cut off");
        var length = BinaryPrimitives.ReadUInt64LittleEndian(source[AloneSizeField..]);
        if (length > (ulong)destination.Length)
            throw Damaged("LZMA", source.Length, $"it claims to be {length} bytes, {destination.Length} at most are possible");
        if (input.Length < source.Length)
            input = new byte[source.Length];
        source.CopyTo(input);
        BinaryPrimitives.WriteUInt64LittleEndian(input.AsSpan(AloneSizeField), ulong.MaxValue);
        var raw = stream.Raw;
        var result = LibLzma.lzma_alone_decoder(raw, MaxWorkingMemory);
        if (result == LibLzma.Result.Ok)
            result = Run(input.AsSpan(0, source.Length), destination[..(int)length]);
        var written = (int)length - (int)raw->AvailableOut;
        return result is LibLzma.Result.StreamEnd or LibLzma.Result.Ok or LibLzma.Result.InputCutOff && written == (int)length
            ? written : throw Failed("LZMA", source.Length, result);
    }

    private LibLzma.Result Run(ReadOnlySpan<byte> source, Span<byte> destination)
    {
        var raw = stream.Raw;
        fixed (byte* from = source, to = destination)
        {
            raw->NextIn = from;
            raw->AvailableIn = (nuint)source.Length;
            raw->NextOut = to;
            raw->AvailableOut = (nuint)destination.Length;
            return LibLzma.lzma_code(raw, LibLzma.Action.Finish);
        }
    }

    private static ImageException Failed(string format, int length, LibLzma.Result result) => result is LibLzma.Result.OutOfMemory or LibLzma.Result.MemoryLimit
        ? new ImageException(ImageErrorKind.LimitExceeded, "IB2104", $"{format} data of {length} bytes needs more than {MaxWorkingMemory} bytes of memory to decompress ({result})")
        : Damaged(format, length, result);
}
