using ImageBuilder.Formats.Compression.Interop;

namespace ImageBuilder.Formats.Compression;

/// <summary>.xz streams as a stream, with at most <see cref="Xz.MemoryLimit"/> bytes of memory.</summary>
internal sealed unsafe class XzStream : ForwardStream
{
    private readonly Stream input;
    private readonly LibLzma.Stream decoder = new();
    private readonly byte[] buffer = new byte[128 << 10];
    private int filled;
    private int position;
    private bool ended;

    public XzStream(Stream input)
    {
        this.input = input;
        SharedLibrary.Require(LibLzma.Library, LibLzma.Package);
        Xz.Check(LibLzma.lzma_stream_decoder(decoder.Raw, Xz.MemoryLimit, LibLzma.Concatenated), 0);
    }

    public override int Read(Span<byte> destination)
    {
        while (!ended && !destination.IsEmpty)
        {
            if (position == filled)
            {
                filled = input.Read(buffer);
                position = 0;
            }
            var raw = decoder.Raw;
            int written;
            fixed (byte* source = buffer, target = destination)
            {
                raw->NextIn = source + position;
                raw->AvailableIn = (nuint)(filled - position);
                raw->NextOut = target;
                raw->AvailableOut = (nuint)destination.Length;
                var result = LibLzma.lzma_code(raw, filled == 0 ? LibLzma.Action.Finish : LibLzma.Action.Run);
                position = filled - (int)raw->AvailableIn;
                written = destination.Length - (int)raw->AvailableOut;
                if (result == LibLzma.Result.StreamEnd)
                    ended = true;
                else
                    Xz.Check(result, (long)raw->TotalIn);
            }
            if (written > 0)
                return written;
        }
        return 0;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            decoder.Dispose();
        base.Dispose(disposing);
    }
}
