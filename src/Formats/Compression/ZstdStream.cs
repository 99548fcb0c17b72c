using ImageBuilder.Formats.Compression.Interop;

namespace ImageBuilder.Formats.Compression;

/// <summary>Zstandard frames as a stream. The library itself refuses windows of more than 128 MiB.</summary>
internal sealed unsafe class ZstdStream : ForwardStream
{
    private readonly Stream input;
    private readonly LibZstd.DecompressionContext context;
    private readonly byte[] buffer = new byte[128 << 10];
    private nuint filled;
    private nuint position;
    private long consumed;
    private nuint hint;

    public ZstdStream(Stream input)
    {
        SharedLibrary.Require(LibZstd.Library, LibZstd.Package);
        this.input = input;
        context = LibZstd.ZSTD_createDCtx();
    }

    public override int Read(Span<byte> destination)
    {
        while (!destination.IsEmpty)
        {
            // The library may hold output back: it is asked before more input is read.
            fixed (byte* source = buffer, target = destination)
            {
                var from = new LibZstd.Buffer { Data = source, Size = filled, Position = position };
                var to = new LibZstd.Buffer { Data = target, Size = (nuint)destination.Length };
                var result = LibZstd.ZSTD_decompressStream(context, &to, &from);
                if (LibZstd.ZSTD_isError(result) != 0)
                    throw Failed(result);
                if (from.Position > position || to.Position > 0)
                    hint = result; // asked again at the end of a frame, the library waits for the next
                consumed += (long)(from.Position - position);
                position = from.Position;
                if (to.Position > 0)
                    return (int)to.Position;
            }
            if (position < filled)
                continue;
            filled = (nuint)input.Read(buffer);
            position = 0;
            if (filled == 0)
                return hint == 0 || consumed == 0 ? 0 : throw new ImageException(ImageErrorKind.Corrupt, "IB2103", $"zstd data ends in the middle of a frame, after {consumed} bytes");
        }
        return 0;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            context.Dispose();
        base.Dispose(disposing);
    }

    private ImageException Failed(nuint code) => LibZstd.ZSTD_getErrorCode(code) == LibZstd.ErrorWindowTooLarge
        ? new ImageException(ImageErrorKind.LimitExceeded, "IB2104", "zstd data needs a window of more than 128 MiB; compress it again without --long or --ultra")
        : new ImageException(ImageErrorKind.Corrupt, "IB2103", $"zstd data damaged near byte {consumed}: {LibZstd.ErrorName(code)}");
}
