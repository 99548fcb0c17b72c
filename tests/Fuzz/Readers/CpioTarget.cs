using ImageBuilder.Formats.Compression;
using ImageBuilder.Formats.Cpio;
using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Fuzz.Tests.Readers;

/// <summary>Images of an initramfs: several archives in a row, plain and compressed.</summary>
internal static class CpioTarget
{
    private const int MaxUnpacked = 8 << 20;

    public static FuzzTarget Target { get; } = new()
    {
        Name = "cpio",
        Seeds = () =>
        {
            var plain = Samples.Written(stream => CpioWriter.Write(Samples.WithoutXattrs(), stream, 1));
            return
            [
                plain, [.. plain, .. new byte[512], .. Zstd.Compress(plain, 3)],
                .. Samples.Foreign("find . | cpio --quiet -o -H newc > ../out", "find . | cpio --quiet -o -H crc > ../out", "find . | cpio --quiet -o -H newc | xz --check=crc32 > ../out",
                    "find . | cpio --quiet -o -H newc | gzip > ../out", "find . | cpio --quiet -o -H newc | lz4 -l > ../out"),
            ];
        },
        Header = 6,
        FirstCheck = ["IB2510"],
        Sources = ["Formats/Cpio/Read/"],
        MemoryCap = 16L * MaxUnpacked,
        Read = bytes =>
        {
            var image = CpioImage.Read(Content.From(bytes), MaxUnpacked);
            Samples.ReadAll(image.Tree);
        },
    };
}
