using System.Buffers.Binary;
using System.IO.Compression;

namespace ImageBuilder.Formats.Compression;

/// <summary>Gzip files (RFC 1952) by the framework's zlib.</summary>
public static class Gzip
{
    private const int SizeFieldLength = 4;                              // ISIZE, RFC 1952 section 2.3.1
    private const int MinMemberLength = 10 + 2 + 4 + SizeFieldLength;   // header, empty deflate stream, CRC32, ISIZE

    /// <summary>Decompresses one or more concatenated members.</summary>
    /// <param name="data">The compressed bytes.</param>
    /// <param name="maxOutput">The most bytes the result may have.</param>
    /// <exception cref="ImageException">IB2103: damaged or cut off; IB2104: longer than allowed.</exception>
    public static unsafe byte[] Decompress(ReadOnlySpan<byte> data, long maxOutput)
    {
        var output = new GrowingOutput("gzip", data.Length, maxOutput);
        fixed (byte* source = data)
        {
            using var memory = new UnmanagedMemoryStream(source, data.Length);
            using var stream = new GZipStream(memory, CompressionMode.Decompress);
            try
            {
                for (int read; (read = stream.Read(output.Free)) > 0;)
                    output.Advance(read);
            }
            catch (InvalidDataException error)
            {
                throw new ImageException(ImageErrorKind.Corrupt, "IB2103", $"gzip data of {data.Length} bytes is damaged or cut off: {error.Message}", error);
            }
        }
        var result = output.ToArray();
        // The framework takes a header that is cut off for the end of the data; the trailer tells.
        if (data.Length < MinMemberLength || BinaryPrimitives.ReadUInt32LittleEndian(data[^SizeFieldLength..]) > result.Length)
            throw new ImageException(ImageErrorKind.Corrupt, "IB2103", $"gzip data of {data.Length} bytes is cut off");
        return result;
    }
}
