using ImageBuilder.Formats.Iso9660;
using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Formats.Tests.Iso9660;

/// <summary>What the ISO tests share: options, boot images and a way to write to a file.</summary>
internal static class IsoFixture
{
    public const string DiskGuid = "3F2504E0-4F89-41D3-9A0C-0305E82C3301";
    public const string IsoGuid = "3F2504E0-4F89-41D3-9A0C-0305E82C3302";
    public const string EfiGuid = "3F2504E0-4F89-41D3-9A0C-0305E82C3303";
    public const uint DiskSignature = 0xCAFE1234;

    public static DateTimeOffset Time { get; } = new(2025, 1, 2, 3, 4, 5, TimeSpan.Zero);

    public static IsoOptions Plain { get; } = new() { VolumeId = "IB_TEST", Time = Time };

    public static Content BiosImage { get; } = Content.From(Pattern(30_003));

    public static Content EfiImage { get; } = Content.From(Pattern(1 << 20));

    public static Content BootCode { get; } = Content.From(Pattern(512));

    public static IsoOptions Bootable(HybridLayout? layout = null) => Plain with
    {
        BiosBoot = new BiosBoot { Image = BiosImage, Path = "/boot/grub/i386-pc/eltorito.img" },
        EfiBoot = new EfiBoot { Image = EfiImage },
        Hybrid = layout is not { } wanted ? null : new HybridBoot
        {
            Layout = wanted,
            MbrBootCode = BootCode,
            DiskGuid = new Guid(DiskGuid),
            IsoPartitionGuid = new Guid(IsoGuid),
            EfiPartitionGuid = new Guid(EfiGuid),
            MbrDiskSignature = DiskSignature,
        },
    };

    public static IsoImage Write(TempFolder folder, Tree tree, IsoOptions options)
    {
        var image = IsoImage.Layout(tree, options);
        using var file = new SparseFileStream(folder["image.iso"]);
        image.Write(file);
        Assert.Equal(image.Length, file.Position);
        return image;
    }

    public static byte[] Bytes(Tree tree, IsoOptions options)
    {
        using var stream = new MemoryStream();
        IsoImage.Layout(tree, options).Write(stream);
        return stream.ToArray();
    }

    public static Tree Sample()
    {
        var tree = new Tree();
        tree.Put("/live/root.squashfs", Node.File(Content.From(Pattern(100_000))));
        tree.Put("/boot/vmlinuz-6.12.0-amd64", Node.File(Content.From(Pattern(5000))));
        tree.Put("/boot/grub/grub.cfg", Node.File("linux /boot/vmlinuz-6.12.0-amd64\n"));
        tree.Put("/empty", Node.File(""));
        return tree;
    }

    public static byte[] Pattern(int length) => [.. Enumerable.Range(0, length).Select(i => (byte)(i * 13 + i / 256 * 7))];
}
