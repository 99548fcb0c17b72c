using ImageBuilder.Formats;
using ImageBuilder.Formats.Compression;
using ImageBuilder.Formats.Cpio;
using ImageBuilder.Formats.Fat;
using ImageBuilder.Formats.Gpt;
using ImageBuilder.Formats.Iso9660;
using ImageBuilder.Formats.SquashFs;
using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Pipeline.Inspection.Reports;

/// <summary>Kinds of image that are told by their content, never by their name.</summary>
internal enum ImageFormat
{
    Unknown,
    Iso9660,
    SquashFs,
    Fat,
    Disk,
    Ext,
    FactoryStack,
    StateRecord,
    Cpio,
    Tar,
    Compressed,
    Kernel,
    Json,
}

internal static class ImageFormats
{
    private const int TarMagicOffset = 257; // POSIX.1-2017 pax, "ustar Interchange Format"
    private const int KernelMagicOffset = 0x202; // Linux/x86 boot protocol

    /// <summary>What a content is.</summary>
    public static ImageFormat Recognise(Content content)
    {
        if (SquashFsImage.IsSquashFs(content))
            return ImageFormat.SquashFs;
        if (IsoVolume.IsAt(content))
            return ImageFormat.Iso9660;
        if (CpioImage.IsCpio(content) || Holds(content, 0, [0x02, 0x21, 0x4C, 0x18]))
            return ImageFormat.Cpio;
        if (Compression(content) != CompressionFormat.None)
            return IsCompressedCpio(content) ? ImageFormat.Cpio : ImageFormat.Compressed;
        if (Holds(content, TarMagicOffset, "ustar"u8))
            return ImageFormat.Tar;
        if (Holds(content, KernelMagicOffset, "HdrS"u8))
            return ImageFormat.Kernel;
        if (FatVolume.IsFat(content))
            return ImageFormat.Fat;
        if (Holds(content, 0, "IBSYSTEM"u8))
            return ImageFormat.FactoryStack;
        if (Holds(content, 0, "IBSTATE\n"u8))
            return ImageFormat.StateRecord;
        if (ExtReport.IsExt(content))
            return ImageFormat.Ext;
        if (Holds(content, 0, "{"u8))
            return ImageFormat.Json;
        return AppleMap.Read(content) is not null || Holds(content, 510, [0x55, 0xAA]) || Holds(content, 512, "EFI PART"u8) || Holds(content, 4096, "EFI PART"u8) ? ImageFormat.Disk : ImageFormat.Unknown;
    }

    /// <summary>How a content is compressed, if by something that is read.</summary>
    public static CompressionFormat Compression(Content content)
    {
        var start = new byte[Math.Min(Decompressor.MagicLength, content.Length)];
        content.Read(0, start);
        return Decompressor.Recognise(start);
    }

    /// <summary>A name for what is known of its first bytes, but not read; null for nothing known.</summary>
    public static string? KnownBy(Content content) =>
        Holds(content, 0, "BZh"u8) ? "a bzip2 file"
        : Holds(content, 0, [0x5D, 0, 0]) ? "an lzma file"
        : Holds(content, 0, [0x04, 0x22, 0x4D, 0x18]) ? "an lz4 file"
        : Holds(content, 0, "PK\x03\x04"u8) ? "a zip archive"
        : Holds(content, 0, "!<arch>\n"u8) ? "an ar archive or Debian package"
        : Holds(content, 0, [(byte)'Q', (byte)'F', (byte)'I', 0xFB]) ? "a qcow2 disk; qemu-img convert -O raw makes a raw one"
        : Holds(content, 0, [0x7F, (byte)'E', (byte)'L', (byte)'F']) ? "an ELF program"
        : Holds(content, 0, "MZ"u8) ? "an EFI or Windows program"
        : Holds(content, 3, "EXFAT   "u8) ? "an exFAT file system"
        : Holds(content, 3, "NTFS    "u8) ? "an NTFS file system"
        : Holds(content, 0x8001, "NSR0"u8) || Holds(content, 0x8001, "BEA01"u8) ? "a UDF file system"
        : Holds(content, 0, "sqsh"u8) ? "an old big-endian SquashFS image" : null;

    /// <summary>True when the decompressed bytes begin with a cpio archive; false too for what does not decompress.</summary>
    private static bool IsCompressedCpio(Content content)
    {
        try
        {
            using var input = content.OpenRead();
            using var stream = Decompressor.Open(Compression(content), input);
            var start = new byte[5];
            return stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false) == start.Length && start.AsSpan().SequenceEqual("07070"u8);
        }
        catch (ImageException)
        {
            return false; // whoever reads it says what is wrong
        }
    }

    internal static bool Holds(Content content, long offset, ReadOnlySpan<byte> expected)
    {
        if (content.Length < offset + expected.Length)
            return false;
        Span<byte> bytes = stackalloc byte[expected.Length];
        content.Read(offset, bytes);
        return bytes.SequenceEqual(expected);
    }
}
