using System.Buffers.Binary;
using System.IO.Compression;
using ImageBuilder.Formats.Compression.Interop;
using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Formats.Compression;

/// <summary>
/// Decompresses what stands at the beginning of some data and tells where it ends, for initramfs images, where other archives may follow. As the kernel
/// does (lib/decompress_*.c), one gzip member or xz stream is one archive; zstd frames and lz4 blocks in a row belong together.
/// </summary>
internal static unsafe class FirstMember
{
    private const uint ZstdMagic = 0xFD2FB528; // RFC 8878, 3.1.1
    private const uint Lz4Magic = 0x184C2102; // lz4_Frame_format.md, "Legacy frame"
    private const int Lz4BlockSize = 8 << 20;

    /// <summary>Decompresses the first member.</summary>
    /// <param name="format">"gzip", "xz", "zstd" or "lz4" (its legacy frame, the one the kernel knows).</param>
    /// <param name="data">Begins with the member.</param>
    /// <param name="maxOutput">The most bytes the result may have.</param>
    /// <param name="consumed">How much of the data the member takes.</param>
    /// <exception cref="ImageException">IB2101: a library is missing; IB2103: damaged or cut off; IB2104: longer than allowed.</exception>
    public static Content Decompress(string format, ReadOnlySpan<byte> data, long maxOutput, out int consumed)
    {
        var output = new ChunkedOutput(format, maxOutput);
        consumed = format switch
        {
            "gzip" => Gzip(data, output),
            "xz" => Xz.Decode(data, concatenated: false, output),
            "zstd" => Zstd(data, output),
            "lz4" => Lz4(data, output),
            _ => throw new ArgumentOutOfRangeException(nameof(format), format, "not a format that is read here"),
        };
        return output.ToContent();
    }

    /// <summary>RFC 1952, 2.3.</summary>
    private static int Gzip(ReadOnlySpan<byte> data, ChunkedOutput output)
    {
        const int fixedHeader = 10, trailer = 8;
        var start = fixedHeader;
        if (data.Length < fixedHeader + trailer || data[2] != 8)
            throw Damaged("gzip", 0, "its header is cut off, or its method is not deflate");
        int flags = data[3];
        if ((flags & 0x04) != 0) // extra field
            start += 2 + BinaryPrimitives.ReadUInt16LittleEndian(data[start..]);
        foreach (var text in (ReadOnlySpan<int>)[0x08, 0x10]) // name, comment
            if ((flags & text) != 0)
                start += start < data.Length && data[start..].IndexOf((byte)0) is >= 0 and var end ? end + 1 : data.Length;
        start += (flags & 0x02) != 0 ? 2 : 0; // CRC of the header
        if (start > data.Length - trailer)
            throw Damaged("gzip", 0, "its header is cut off");
        uint crc = 0;
        fixed (byte* source = data)
        {
            using var input = new SmallReads(source + start, data.Length - start);
            using var inflater = new DeflateStream(input, CompressionMode.Decompress, leaveOpen: true);
            try
            {
                for (int read; (read = inflater.Read(output.Free)) > 0;)
                {
                    crc = Crc32.Append(crc, output.Free[..read]);
                    output.Advance(read);
                }
            }
            catch (InvalidDataException error)
            {
                throw Damaged("gzip", start + input.Taken, error.Message);
            }
            // The inflater does not tell where it stopped, only what it was given; the trailer with this very CRC and length stands there.
            for (var at = Math.Max(start, start + input.Taken - SmallReads.Size - trailer); at <= Math.Min(start + input.Taken, data.Length - trailer); at++)
                if (BinaryPrimitives.ReadUInt32LittleEndian(data[at..]) == crc && BinaryPrimitives.ReadUInt32LittleEndian(data[(at + 4)..]) == (uint)output.Length)
                    return at + trailer;
            throw Damaged("gzip", start + input.Taken, $"its {output.Length} bytes have the CRC 0x{crc:x8}, and no such CRC follows");
        }
    }

    private static int Zstd(ReadOnlySpan<byte> data, ChunkedOutput output)
    {
        SharedLibrary.Require(LibZstd.Library, LibZstd.Package);
        using var context = LibZstd.ZSTD_createDCtx();
        fixed (byte* source = data)
        {
            var input = new LibZstd.Buffer { Data = source, Size = (nuint)data.Length };
            while (true)
            {
                var free = output.Free;
                nuint hint, written;
                fixed (byte* destination = free)
                {
                    var target = new LibZstd.Buffer { Data = destination, Size = (nuint)free.Length };
                    hint = LibZstd.ZSTD_decompressStream(context, &target, &input);
                    written = target.Position;
                }
                if (LibZstd.ZSTD_isError(hint) != 0)
                    throw Damaged("zstd", (long)input.Position, LibZstd.ErrorName(hint));
                output.Advance((int)written);
                var rest = data[(int)input.Position..];
                if (hint == 0 && !(rest.Length >= sizeof(uint) && BinaryPrimitives.ReadUInt32LittleEndian(rest) == ZstdMagic))
                    return (int)input.Position;
                if (hint != 0 && rest.IsEmpty && written < (nuint)free.Length)
                    throw Damaged("zstd", data.Length, "it ends in the middle of a frame");
            }
        }
    }

    /// <summary>The legacy frame: magic, then blocks of 8 MiB, each with its compressed size before it. It has no end mark.</summary>
    private static int Lz4(ReadOnlySpan<byte> data, ChunkedOutput output)
    {
        SharedLibrary.Require(LibLz4.Library, LibLz4.Package);
        const int largest = Lz4BlockSize + Lz4BlockSize / 255 + 16; // LZ4_COMPRESSBOUND
        var block = new byte[Lz4BlockSize];
        var at = sizeof(uint);
        while (at <= data.Length - sizeof(uint))
        {
            var size = BinaryPrimitives.ReadUInt32LittleEndian(data[at..]);
            if (size == Lz4Magic)
            {
                at += sizeof(uint);
                continue;
            }
            if (size is 0 or > largest || size > data.Length - at - sizeof(uint))
                break; // not a block: zero padding, or what follows
            int written;
            fixed (byte* source = data[(at + sizeof(uint))..], destination = block)
                written = LibLz4.LZ4_decompress_safe(source, destination, (int)size, block.Length);
            if (written < 0)
                throw Damaged("lz4", at, "a block cannot be decompressed");
            output.Write(block.AsSpan(0, written));
            at += sizeof(uint) + (int)size;
        }
        return output.Length > 0 ? at : throw Damaged("lz4", at, "it has no block");
    }

    private static ImageException Damaged(string format, long at, string why) =>
        new(ImageErrorKind.Corrupt, "IB2103", $"{format} data is damaged or cut off near its byte {at}: {why}");

    /// <summary>Memory as a stream that gives little at a time, so that a reader cannot take much more than it needs.</summary>
    private sealed class SmallReads(byte* data, int length) : ForwardStream
    {
        public const int Size = 256;

        public int Taken { get; private set; }

        public override int Read(Span<byte> buffer)
        {
            var count = Math.Min(Math.Min(Size, buffer.Length), length - Taken);
            new ReadOnlySpan<byte>(data + Taken, count).CopyTo(buffer);
            Taken += count;
            return count;
        }
    }
}
