using System.Buffers.Binary;
using ImageBuilder.Formats;
using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Pipeline.Writing;

/// <summary>Tells, by its content, whether a file is the image of a medium that a machine can start from.</summary>
public static class MediumImage
{
    private const int IsoDescriptor = 16 * 2048, BootSignature = 510, GptHeader = 512, HeadLength = 4096;
    private const ushort BootMagic = 0xAA55;

    /// <summary>Files that people take for an image, by how they begin, and the command that helps.</summary>
    private static readonly (byte[] Magic, string Name, string Remedy)[] Known =
    [
        ([0x1F, 0x8B], "compressed with gzip", "unpack it first: gunzip"),
        ([0xFD, (byte)'7', (byte)'z', (byte)'X', (byte)'Z', 0], "compressed with xz", "unpack it first: unxz"),
        ([0x28, 0xB5, 0x2F, 0xFD], "compressed with zstd", "unpack it first: unzstd"),
        ([.. "BZh"u8], "compressed with bzip2", "unpack it first: bunzip2"),
        ([.. "PK\u0003\u0004"u8], "a zip archive", "unpack it first: unzip"),
        ([.. "QFI\u00fb"u8[..3], 0xFB], "a qcow2 image", "turn it into plain bytes first: qemu-img convert -O raw"),
        ([.. "hsqs"u8], "a bare SquashFS image without a boot loader", "build an ISO of it"),
        ([0x7F, .. "ELF"u8], "a program", "expected an image"),
    ];

    /// <summary>What kind of medium the image is.</summary>
    /// <param name="image">The whole image.</param>
    /// <param name="name">How to call it in errors.</param>
    /// <exception cref="ImageException">IB5408: it is none.</exception>
    public static MediumKind Identify(Content image, string name)
    {
        var head = Head(image);
        var table = HasTable(head);
        var descriptor = new byte[6];
        if (image.Length >= IsoDescriptor + 2048)
            image.Read(IsoDescriptor, descriptor);
        if (descriptor.AsSpan(1).SequenceEqual("CD001"u8))
            return table ? MediumKind.HybridIso : MediumKind.PlainIso;
        if (table)
            return MediumKind.Disk;
        var (_, what, remedy) = Known.FirstOrDefault(known => head.AsSpan().StartsWith(known.Magic));
        throw new ImageException(ImageErrorKind.Unsupported, "IB5408",
            $"{name} is neither an ISO nor a disk image: it has no ISO 9660 descriptor and no partition table{(what is null ? $", only {image.Length} bytes of something else" : $"; it is {what}; {remedy}")}");
    }

    /// <summary>True when the image begins like a disk with a partition table or boot sector.</summary>
    public static bool HasTable(Content image) => HasTable(Head(image));

    private static byte[] Head(Content image)
    {
        var head = new byte[Math.Min(image.Length, HeadLength)];
        image.Read(0, head);
        return head;
    }

    private static bool HasTable(byte[] head) =>
        head.Length > BootSignature + 1 && BinaryPrimitives.ReadUInt16LittleEndian(head.AsSpan(BootSignature)) == BootMagic
            || head.Length > GptHeader + 8 && head.AsSpan(GptHeader).StartsWith("EFI PART"u8);
}

/// <summary>What a medium's image is.</summary>
public enum MediumKind
{
    /// <summary>An ISO that is a disk too: it starts as CD and as USB stick.</summary>
    HybridIso,

    /// <summary>An ISO without boot sector and partition table: it starts only as CD.</summary>
    PlainIso,

    /// <summary>A disk with a partition table or boot sector.</summary>
    Disk,
}
