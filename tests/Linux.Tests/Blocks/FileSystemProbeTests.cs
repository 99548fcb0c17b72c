using ImageBuilder.Linux.Blocks;

namespace ImageBuilder.Linux.Tests.Blocks;

/// <summary>Images of the foreign formatters; blkid(8) is the judge.</summary>
public class FileSystemProbeTests
{
    [ToolTheory("mkfs.vfat", "blkid", "truncate")]
    [InlineData(12, "2M", "IBDATA")]
    [InlineData(16, "20M", "IB DATA 2")]
    [InlineData(32, "80M", "LIVE-USB")]
    [InlineData(32, "80M", null)]
    public void Fat_as_blkid_sees_it(int bits, string size, string? label) =>
        AgreesWithBlkid(size, image => Tool.Run("mkfs.vfat", [$"-F{bits}", .. label is null ? Array.Empty<string>() : ["-n", label], image]), "vfat", label);

    [ToolFact("mkfs.exfat", "blkid", "truncate")]
    public void Exfat_as_blkid_sees_it() => AgreesWithBlkid("8M", image => Tool.Run("mkfs.exfat", "-L", "Live Stick", image), "exfat", "Live Stick");

    [ToolTheory("mke2fs", "blkid", "truncate")]
    [InlineData("ext2")]
    [InlineData("ext3")]
    [InlineData("ext4")]
    public void Ext_as_blkid_sees_it(string type) => AgreesWithBlkid("16M", image => Tool.Run("mke2fs", "-q", "-F", "-t", type, "-L", "ib-data", image), type, "ib-data");

    [ToolFact("xorriso", "blkid")]
    public void Iso_as_blkid_sees_it() => AgreesWithBlkid("0", image =>
        Tool.Run("xorriso", "-as", "mkisofs", "-quiet", "-R", "-J", "-V", "IBLIVE", "--modification-date=2024020310111213", "-o", image, SmallFolder(image)), "iso9660", "IBLIVE");

    [ToolFact("genisoimage", "blkid")]
    public void Iso_of_another_writer_as_blkid_sees_it() =>
        AgreesWithBlkid("0", image => Tool.Run("genisoimage", "-quiet", "-R", "-V", "Other Disc", "-o", image, SmallFolder(image)), "iso9660", "Other Disc");

    [ToolFact("mksquashfs")]
    public void Squashfs_is_recognised()
    {
        using var folder = new TempFolder();
        Tool.Run("mksquashfs", SmallFolder(folder["image"]), folder["image"], "-quiet", "-no-progress");
        Assert.Equal(new FileSystemIdentity("squashfs", null, null), Probe(folder["image"]));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(100)]
    [InlineData(100_000)]
    public void Nothing_is_recognised_in_zeros_of_any_length(int length)
    {
        using var folder = new TempFolder();
        File.WriteAllBytes(folder["image"], new byte[length]);
        Assert.Null(Probe(folder["image"]));
    }

    [Fact]
    public void Random_bytes_behind_each_magic_do_no_harm()
    {
        using var folder = new TempFolder();
        var random = new Random(1);
        var image = new byte[70_000];
        for (var round = 0; round < 300; round++)
        {
            random.NextBytes(image);
            (image[510], image[511]) = (0x55, 0xaa);
            switch (round % 4)
            {
                case 0: "FAT32   "u8.CopyTo(image.AsSpan(82)); image[11] = 0; image[12] = 2; image[13] = 1; break;
                case 1: "EXFAT   "u8.CopyTo(image.AsSpan(3)); image[108] = 9; image[109] = (byte)(round % 17); break;
                case 2: (image[1024 + 0x38], image[1024 + 0x39]) = (0x53, 0xef); break;
                default: "\u0001CD001\u0001"u8.CopyTo(image.AsSpan(32768)); break;
            }
            File.WriteAllBytes(folder["image"], image);
            Assert.NotNull(Probe(folder["image"]));
        }
    }

    private static void AgreesWithBlkid(string size, Action<string> format, string type, string? label)
    {
        using var folder = new TempFolder();
        var image = folder["image"];
        if (size != "0")
            Tool.Run("truncate", "-s", size, image);
        format(image);
        var blkid = Tool.Run("blkid", "-p", "-o", "export", image).Split('\n').Select(line => line.Split('=', 2)).Where(pair => pair.Length == 2)
            .ToDictionary(pair => pair[0], pair => pair[1].Replace("\\ ", " "));

        Assert.Equal(new FileSystemIdentity(blkid["TYPE"], blkid.GetValueOrDefault("LABEL"), blkid.GetValueOrDefault("UUID")), Probe(image));
        Assert.Equal((type, label), (blkid["TYPE"], blkid.GetValueOrDefault("LABEL")));
    }

    private static string SmallFolder(string image)
    {
        var folder = Path.Combine(Path.GetDirectoryName(image)!, "content");
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "hello"), "hello\n");
        return folder;
    }

    private static FileSystemIdentity? Probe(string image)
    {
        using var file = File.OpenHandle(image);
        return FileSystemProbe.Read(file);
    }
}
