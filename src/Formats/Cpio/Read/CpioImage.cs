using ImageBuilder.Formats.Compression;
using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Formats.Cpio;

/// <summary>
/// An initramfs image as the kernel unpacks it: cpio archives in a row, zeros between them, some of them compressed; later files replace earlier ones
/// (Documentation/driver-api/early-userspace/buffer-format.rst, init/initramfs.c). See FORMAT.md.
/// </summary>
public sealed class CpioImage
{
    /// <summary>The most bytes that all compressed parts together may decompress to; they are held in memory.</summary>
    public const long DefaultMaxUnpacked = 1L << 30;

    private const int MaxCompressed = 1 << 30;
    private const int MaxSegments = 1000;
    private const int MagicSize = 6;

    private CpioImage(Tree tree, IReadOnlyList<CpioSegment> segments) => (Tree, Segments) = (tree, segments);

    /// <summary>All archives' files together.</summary>
    public Tree Tree { get; }

    /// <summary>The parts, in the order they lie.</summary>
    public IReadOnlyList<CpioSegment> Segments { get; }

    /// <summary>True when the image begins with a cpio archive, uncompressed.</summary>
    public static bool IsCpio(Content image) => Start(image, 0).StartsWith("07070"u8);

    /// <summary>Reads a whole image.</summary>
    /// <param name="image">The image; uncompressed parts' contents stay in it.</param>
    /// <param name="maxUnpacked">Cap for what is decompressed, in bytes.</param>
    /// <exception cref="ImageException">
    /// IB2510: no cpio archive; IB2511: another format or compressor; IB2512: damaged; IB2513: a name that leaves the tree, or lies below a file;
    /// IB2514: a checksum is wrong; IB2515: too much. IB2101 to IB2104: a compressed part.
    /// </exception>
    public static CpioImage Read(Content image, long maxUnpacked = DefaultMaxUnpacked)
    {
        var tree = new Tree();
        tree.Root.IsImplied = true;
        var segments = new List<CpioSegment>();
        long unpacked = 0;
        for (long at = 0; SkipZeros(image, ref at);)
        {
            if (segments.Count == MaxSegments)
                throw new ImageException(ImageErrorKind.LimitExceeded, "IB2515", $"cpio image, byte {at}: more than {MaxSegments} archives in a row");
            var start = Start(image, at);
            var format = Format(start, at, segments.Count > 0);
            var reader = new CpioReader(tree, at);
            if (format == "none")
            {
                var end = reader.ReadArchive(image, at);
                segments.Add(new CpioSegment(at, end - at, format, end - at, reader.Entries, reader.FirstName));
                at = end;
                continue;
            }
            var compressed = image.Slice(at, Math.Min(image.Length - at, MaxCompressed)).ToArray(MaxCompressed);
            var content = FirstMember.Decompress(format, compressed, maxUnpacked - unpacked, out var consumed);
            unpacked += content.Length;
            long inside = 0;
            while (SkipZeros(content, ref inside))
                inside = reader.ReadArchive(content, inside);
            segments.Add(new CpioSegment(at, consumed, format, content.Length, reader.Entries, reader.FirstName));
            at += consumed;
        }
        return segments.Count > 0 ? new CpioImage(tree, segments)
            : throw new ImageException(ImageErrorKind.Corrupt, "IB2510", $"cpio image, byte 0: there is no archive in its {image.Length} bytes");
    }

    private static string Format(ReadOnlySpan<byte> start, long at, bool behindAnother)
    {
        if (start.StartsWith("070701"u8) || start.StartsWith("070702"u8))
            return "none";
        if (start.StartsWith("070707"u8) || start.StartsWith((ReadOnlySpan<byte>)[0xC7, 0x71]) || start.StartsWith((ReadOnlySpan<byte>)[0x71, 0xC7]))
            throw Unsupported(at, "an old cpio format (odc or binary); only newc is read, as by the kernel");
        foreach (var (magic, name, read) in Known)
            if (start.StartsWith(magic))
                return read ? name : throw Unsupported(at, $"an archive compressed by {name}; gzip, xz, zstd and lz4 (legacy frame) are read");
        throw new ImageException(ImageErrorKind.Corrupt, behindAnother ? "IB2512" : "IB2510",
            $"cpio image, byte {at}: neither a cpio archive (070701, 070702) nor a compressed one{(behindAnother ? ", but other bytes behind an archive" : "")}");
    }

    /// <summary>First bytes of compressed data (lib/decompress.c), and whether it is read.</summary>
    private static readonly (byte[] Magic, string Name, bool IsRead)[] Known =
    [
        ([0x1F, 0x8B], "gzip", true),
        ([0xFD, (byte)'7', (byte)'z', (byte)'X', (byte)'Z', 0], "xz", true),
        ([0x28, 0xB5, 0x2F, 0xFD], "zstd", true),
        ([0x02, 0x21, 0x4C, 0x18], "lz4", true),
        ([0x04, 0x22, 0x4D, 0x18], "lz4's newer frame format", false),
        ("BZh"u8.ToArray(), "bzip2", false),
        ([0x5D, 0, 0], "lzma", false),
        ([0x89, (byte)'L', (byte)'Z', (byte)'O'], "lzo", false),
    ];

    private static byte[] Start(Content image, long at)
    {
        var start = new byte[Math.Min(MagicSize, image.Length - at)];
        image.Read(at, start);
        return start;
    }

    /// <summary>Goes on to the next byte that is not zero; false at the end.</summary>
    private static bool SkipZeros(Content image, ref long at)
    {
        var buffer = new byte[64 << 10];
        while (at < image.Length)
        {
            var part = buffer.AsSpan(0, (int)Math.Min(buffer.Length, image.Length - at));
            image.Read(at, part);
            var found = part.IndexOfAnyExcept((byte)0);
            if (found >= 0)
            {
                at += found;
                return true;
            }
            at += part.Length;
        }
        return false;
    }

    private static ImageException Unsupported(long at, string what) => new(ImageErrorKind.Unsupported, "IB2511", $"cpio image, byte {at}: {what}");
}
