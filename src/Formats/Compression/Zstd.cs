using System.Runtime.InteropServices;
using ImageBuilder.Formats.Compression.Interop;

namespace ImageBuilder.Formats.Compression;

/// <summary>Zstandard (RFC 8878) by the reference library, whole buffers at a time.</summary>
public static unsafe class Zstd
{
    /// <summary>Lowest level accepted.</summary>
    public const int MinLevel = 1;

    /// <summary>Highest level accepted; beyond 19 memory use grows fast, when decompressing too.</summary>
    public const int MaxLevel = 22;

    /// <summary>The library's version, "1.5.6"; it decides the compressed bytes, so it belongs into every cache key.</summary>
    /// <exception cref="ImageException">IB2101: libzstd is not installed.</exception>
    public static string Version
    {
        get
        {
            SharedLibrary.Require(LibZstd.Library, LibZstd.Package);
            return Marshal.PtrToStringUTF8(LibZstd.ZSTD_versionString())!;
        }
    }

    /// <summary>Compresses into one frame that records its content size.</summary>
    /// <param name="data">The bytes to compress.</param>
    /// <param name="level"><see cref="MinLevel"/> to <see cref="MaxLevel"/>.</param>
    /// <exception cref="ImageException">IB2101: libzstd is not installed; IB2102: the library reports an error.</exception>
    public static byte[] Compress(ReadOnlySpan<byte> data, int level)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(level, MinLevel);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(level, MaxLevel);
        SharedLibrary.Require(LibZstd.Library, LibZstd.Package);
        using var context = LibZstd.ZSTD_createCCtx();
        var output = new byte[checked((int)LibZstd.ZSTD_compressBound((nuint)data.Length))];
        fixed (byte* source = data, destination = output)
        {
            var length = LibZstd.ZSTD_compressCCtx(context, destination, (nuint)output.Length, source, (nuint)data.Length, level);
            if (LibZstd.ZSTD_isError(length) != 0)
                throw new ImageException(ImageErrorKind.Io, "IB2102", $"zstd could not compress {data.Length} bytes: {LibZstd.ErrorName(length)}");
            return output[..(int)length];
        }
    }

    /// <summary>Decompresses one or more concatenated frames.</summary>
    /// <param name="data">The compressed bytes.</param>
    /// <param name="maxOutput">The most bytes the result may have.</param>
    /// <exception cref="ImageException">IB2101: libzstd is not installed; IB2103: damaged or cut off; IB2104: longer than allowed.</exception>
    public static byte[] Decompress(ReadOnlySpan<byte> data, long maxOutput)
    {
        SharedLibrary.Require(LibZstd.Library, LibZstd.Package);
        using var context = LibZstd.ZSTD_createDCtx();
        var output = new GrowingOutput("zstd", data.Length, maxOutput);
        fixed (byte* source = data)
        {
            var input = new LibZstd.Buffer { Data = source, Size = (nuint)data.Length };
            for (var hint = (nuint)1; ;)
            {
                var free = output.Free;
                nuint written;
                fixed (byte* destination = free)
                {
                    var target = new LibZstd.Buffer { Data = destination, Size = (nuint)free.Length };
                    hint = LibZstd.ZSTD_decompressStream(context, &target, &input);
                    written = target.Position;
                }
                if (LibZstd.ZSTD_isError(hint) != 0)
                    throw new ImageException(ImageErrorKind.Corrupt, "IB2103", $"zstd data damaged near byte {input.Position} of {data.Length}: {LibZstd.ErrorName(hint)}");
                output.Advance((int)written);
                if (input.Position < input.Size || written == (nuint)free.Length)
                    continue;
                if (hint != 0)
                    throw new ImageException(ImageErrorKind.Corrupt, "IB2103", $"zstd data ends in the middle of a frame, after {data.Length} bytes");
                return output.ToArray();
            }
        }
    }
}
