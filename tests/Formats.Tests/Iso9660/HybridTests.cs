using System.Buffers.Binary;
using ImageBuilder.Formats.Iso9660;

namespace ImageBuilder.Formats.Tests.Iso9660;

public class HybridTests
{
    [ToolFact("sgdisk", "sfdisk", "xorriso")]
    public void A_valid_GPT_holds_the_ISO_and_the_EFI_partition_side_by_side()
    {
        using var folder = new TempFolder();
        var image = IsoFixture.Write(folder, IsoFixture.Sample(), IsoFixture.Bootable(HybridLayout.ValidGpt));

        Assert.Contains("No problems found", Tool.Run("sgdisk", "-v", folder["image.iso"]), StringComparison.Ordinal);
        Assert.Contains("No errors detected", Tool.Run("sfdisk", "--verify", folder["image.iso"]), StringComparison.Ordinal);
        var dump = Tool.Run("sfdisk", "-d", folder["image.iso"]);
        Assert.Contains($"label-id: {IsoFixture.DiskGuid}", dump, StringComparison.Ordinal);
        var lines = dump.Split('\n').Where(line => line.Contains("start=", StringComparison.Ordinal)).ToList();
        Assert.Equal(2, lines.Count);
        Assert.Contains($"type=EBD0A0A2-B9E5-4433-87C0-68B6B72699C7, uuid={IsoFixture.IsoGuid}, name=\"ISO9660\", attrs=\"RequiredPartition GUID:60\"", lines[0], StringComparison.Ordinal);
        Assert.Contains($"size=        2048, type=C12A7328-F81F-11D2-BA4B-00A0C93EC93B, uuid={IsoFixture.EfiGuid}", lines[1], StringComparison.Ordinal);
        var report = Tool.Run("xorriso", "-indev", folder["image.iso"], "-report_system_area", "plain");
        Assert.Contains("MBR protective-msdos-label grub2-mbr cyl-align-off GPT", report, StringComparison.Ordinal);
        Assert.Contains("MBR partition      :   2   0x80  0x00            0            1", report, StringComparison.Ordinal);
        Assert.Contains("Partition offset   : 16", report, StringComparison.Ordinal);
        Assert.Contains($"ISO image size/512 : {image.Length / 512}", report, StringComparison.Ordinal);
    }

    [Fact]
    public void The_backup_GPT_ends_in_the_last_sector()
    {
        var bytes = IsoFixture.Bytes(IsoFixture.Sample(), IsoFixture.Bootable(HybridLayout.ValidGpt));
        Assert.Equal("EFI PART"u8.ToArray(), bytes[^512..^504]);
        Assert.Equal((ulong)bytes.Length / 512 - 1, BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(512 + 32)));
    }

    [Theory]
    [InlineData(HybridLayout.ValidGpt)]
    [InlineData(HybridLayout.IsohybridGpt)]
    [InlineData(HybridLayout.MbrOnly)]
    public void The_partition_table_and_El_Torito_name_the_same_EFI_image_and_the_boot_code_finds_GRUB(HybridLayout layout)
    {
        var bytes = IsoFixture.Bytes(IsoFixture.Sample(), IsoFixture.Bootable(layout));
        var catalog = BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(17 * 2048 + 0x47)) * 2048;
        var bios = BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(catalog + 32 + 8));
        var efi = BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(catalog + 96 + 8));

        var first = layout == HybridLayout.MbrOnly
            ? BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(446 + 16 + 8))
            : BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(1024 + 128 + 32));
        Assert.Equal(efi * 4, first);
        Assert.Equal(bios * 4 + 4, BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(0x1B0)));
        Assert.Equal(IsoFixture.BootCode.ToArray()[..0x1B0], bytes[..0x1B0]);
        Assert.Equal(IsoFixture.DiskSignature, BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(440)));
        var image = IsoFixture.EfiImage.ToArray();
        Assert.Equal(bytes.AsSpan().IndexOf(image), bytes.AsSpan().LastIndexOf(image)); // once in the file
    }

    [ToolTheory("sfdisk")]
    [InlineData(HybridLayout.IsohybridGpt, "type=0, bootable")]
    [InlineData(HybridLayout.MbrOnly, "type=17, bootable")]
    public void Isohybrid_layouts_show_real_MBR_partitions_and_end_on_a_cylinder(HybridLayout layout, string first)
    {
        using var folder = new TempFolder();
        var image = IsoFixture.Write(folder, IsoFixture.Sample(), IsoFixture.Bootable(layout));

        var dump = Tool.Run("sfdisk", "-d", folder["image.iso"]);
        Assert.Contains("label: dos", dump, StringComparison.Ordinal);
        Assert.Contains("label-id: 0xcafe1234", dump, StringComparison.Ordinal);
        Assert.Contains(first, dump, StringComparison.Ordinal);
        Assert.Contains("type=ef", dump, StringComparison.Ordinal);
        Assert.Contains("No errors detected", Tool.Run("sfdisk", "--verify", folder["image.iso"]), StringComparison.Ordinal);
        Assert.Equal(0, image.Length % (1 << 20));
        using var file = File.OpenRead(folder["image.iso"]);
        file.Position = 512;
        var signature = new byte[8];
        file.ReadExactly(signature);
        Assert.Equal(layout == HybridLayout.IsohybridGpt, signature.SequenceEqual("EFI PART"u8.ToArray()));
    }

    [ToolFact("bsdtar", "isoinfo", "blkid")]
    public void The_ISO_partition_is_a_volume_of_its_own()
    {
        using var folder = new TempFolder();
        IsoFixture.Write(folder, IsoFixture.Sample(), IsoFixture.Bootable(HybridLayout.ValidGpt));
        Tool.Run("dd", $"if={folder["image.iso"]}", $"of={folder["part.iso"]}", "bs=32k", "skip=1", "status=none");

        Assert.Equal(Tool.Run("bsdtar", "-tvf", folder["image.iso"]), Tool.Run("bsdtar", "-tvf", folder["part.iso"]));
        Assert.Equal(Tool.Run("isoinfo", "-R", "-x", "/boot/grub/grub.cfg", "-i", folder["image.iso"]), Tool.Run("isoinfo", "-R", "-x", "/boot/grub/grub.cfg", "-i", folder["part.iso"]));
        Assert.Contains("LABEL=IB_TEST", Tool.Run("blkid", "-p", "-o", "export", folder["part.iso"]), StringComparison.Ordinal);
        Assert.Contains("Joliet with UCS level 3 found", Tool.Run("isoinfo", "-d", "-i", folder["part.iso"]), StringComparison.Ordinal);
    }

    [ToolFact("isoinfo", "bsdtar")]
    public void Without_hybrid_the_system_area_is_empty()
    {
        using var folder = new TempFolder();
        IsoFixture.Write(folder, IsoFixture.Sample(), IsoFixture.Bootable());

        Assert.False(File.ReadAllBytes(folder["image.iso"]).AsSpan(0, 32768).ContainsAnyExcept((byte)0));
        var about = Tool.Run("isoinfo", "-d", "-i", folder["image.iso"]);
        Assert.Contains("Rock Ridge signatures version 1 found", about, StringComparison.Ordinal);
        Assert.Contains($"Volume size is: {new FileInfo(folder["image.iso"]).Length / 2048}", about, StringComparison.Ordinal);
    }
}
