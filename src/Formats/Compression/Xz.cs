using System.Runtime.InteropServices;
using ImageBuilder.Formats.Compression.Interop;

namespace ImageBuilder.Formats.Compression;

/// <summary>.xz files by the reference library (format: xz-file-format.txt 1.1.0).</summary>
public static unsafe class Xz
{
    /// <summary>The most memory a decoder may take, bytes; preset 9 needs 65 MiB.</summary>
    internal const ulong MemoryLimit = 1UL << 30;

    /// <summary>The library's version, "5.4.1"; it decides the compressed bytes, so it belongs into every cache key.</summary>
    /// <exception cref="ImageException">IB2101: liblzma is not installed.</exception>
    public static string Version
    {
        get
        {
            SharedLibrary.Require(LibLzma.Library, LibLzma.Package);
            return Marshal.PtrToStringUTF8(LibLzma.lzma_version_string())!;
        }
    }

    /// <summary>Decompresses one or more concatenated streams.</summary>
    /// <param name="data">The compressed bytes.</param>
    /// <param name="maxOutput">The most bytes the result may have.</param>
    /// <exception cref="ImageException">IB2101: liblzma is not installed; IB2103: damaged or cut off; IB2104: longer than allowed.</exception>
    public static byte[] Decompress(ReadOnlySpan<byte> data, long maxOutput)
    {
        var output = new GrowingOutput("xz", data.Length, maxOutput);
        Decode(data, concatenated: true, output);
        return output.ToArray();
    }

    /// <summary>Decodes the stream at the beginning of the data, or all streams in a row.</summary>
    /// <returns>How many bytes they take.</returns>
    /// <exception cref="ImageException">As <see cref="Decompress"/>.</exception>
    internal static int Decode(ReadOnlySpan<byte> data, bool concatenated, IDecoderOutput output)
    {
        SharedLibrary.Require(LibLzma.Library, LibLzma.Package);
        using var stream = new LibLzma.Stream();
        var raw = stream.Raw;
        Check(LibLzma.lzma_stream_decoder(raw, MemoryLimit, concatenated ? LibLzma.Concatenated : 0), data.Length);
        fixed (byte* source = data)
        {
            raw->NextIn = source;
            raw->AvailableIn = (nuint)data.Length;
            while (true)
            {
                var free = output.Free;
                LibLzma.Result result;
                fixed (byte* destination = free)
                {
                    raw->NextOut = destination;
                    raw->AvailableOut = (nuint)free.Length;
                    result = LibLzma.lzma_code(raw, LibLzma.Action.Finish);
                }
                output.Advance(free.Length - (int)raw->AvailableOut);
                if (result == LibLzma.Result.StreamEnd)
                    return (int)raw->TotalIn;
                Check(result, data.Length);
            }
        }
    }

    internal static void Check(LibLzma.Result result, long inputLength)
    {
        if (result == LibLzma.Result.Ok)
            return;
        throw result is LibLzma.Result.OutOfMemory or LibLzma.Result.MemoryLimit
            ? new ImageException(ImageErrorKind.LimitExceeded, "IB2104", $"xz data of {inputLength} bytes needs too much memory to decompress ({result})")
            : new ImageException(ImageErrorKind.Corrupt, "IB2103", $"xz data of {inputLength} bytes is damaged or cut off ({result})");
    }
}
