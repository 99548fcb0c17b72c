using ImageBuilder.Formats;
using ImageBuilder.Formats.SquashFs;
using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Fuzz.Tests.Readers;

/// <summary>SquashFS images: compressed by all compressors, and plain ones, in which mutations reach what is in the tables.</summary>
internal static class SquashFsTarget
{
    private const long Memory = 8 << 20;
    private static readonly SquashFsLimits Limits = new() { MaxMemory = Memory, BlockCache = 0 };

    public static FuzzTarget Compressed { get; } = Target("squashfs", () =>
    [
        .. new[] { SquashFsCompression.Zstd, SquashFsCompression.Xz, SquashFsCompression.Gzip, SquashFsCompression.Lz4 }.Select(compression => Image(compression)),
        .. Samples.Foreign("mksquashfs . ../out -comp zstd -b 8192 -noappend", "mksquashfs . ../out -comp lzma -b 8192 -tailends -noappend", "mksquashfs . ../out -comp xz -Xbcj x86 -b 8192 -no-exports -noappend",
            "mksquashfs . ../out -comp gzip -Xcompression-level 5 -Xstrategy default -b 8192 -no-fragments -noappend", "mksquashfs . ../out -comp lz4 -Xhc -b 8192 -no-xattrs -noappend"),
    ]);

    public static FuzzTarget Plain { get; } = Target("squashfs, plain", () =>
        [Image(SquashFsCompression.None), .. Samples.Foreign("mksquashfs . ../out -noI -noD -noF -noX -noId -b 4096 -noappend", "mksquashfs . ../out -noI -noD -noF -b 4096 -no-exports -no-fragments -noappend")]);

    private static FuzzTarget Target(string name, Func<IReadOnlyList<byte[]>> seeds) => new()
    {
        Name = name,
        Seeds = seeds,
        Header = Superblock.Size,
        FirstCheck = ["IB2120"],
        Sources = ["Formats/SquashFs/Read/", "Formats/SquashFs/Superblock.Read.cs"],
        MemoryCap = 4 * Memory, // opened twice, and checked
        Read = bytes =>
        {
            var image = SquashFsImage.Open(Content.From(bytes), Limits);
            image.Describe();
            for (var at = 0L; at < bytes.Length; at += 1 + (bytes.Length / 8))
                image.Locate(at);
            if (Crc32.Of(bytes) % 8 == 0)
                image.Check(); // on other threads: dear
            Samples.ReadAll(image.ReadTree());
        },
    };

    private static byte[] Image(SquashFsCompression compression) => Samples.Written(stream =>
        SquashFsWriter.Write(Samples.Tree(), stream, new SquashFsOptions { Compression = compression, BlockSize = 4096, Jobs = 1, ModificationTime = 1 }));
}
