using System.Buffers.Binary;
using ImageBuilder.Formats.Iso9660;
using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Formats.Tests.Iso9660;

public class ElToritoTests
{
    private const int Block = 2048;

    [ToolFact("xorriso")]
    public void Both_boot_images_are_found_by_xorriso_and_hold_their_bytes()
    {
        using var folder = new TempFolder();
        IsoFixture.Write(folder, IsoFixture.Sample(), IsoFixture.Bootable());

        var report = Report(folder);
        Assert.Contains("BIOS  y   none  0x0000  0x00      4", report, StringComparison.Ordinal);
        Assert.Contains("UEFI  y   none  0x0000  0x00   2048", report, StringComparison.Ordinal);
        Assert.Contains("El Torito img path :   1  /boot/grub/i386-pc/eltorito.img", report, StringComparison.Ordinal);
        Assert.Contains("El Torito img opts :   1  boot-info-table grub2-boot-info", report, StringComparison.Ordinal);
        var bytes = File.ReadAllBytes(folder["image.iso"]);
        Assert.Equal(IsoFixture.EfiImage.ToArray(), bytes.AsSpan(Lba(bytes, 64 + 32) * Block, 1 << 20).ToArray());
    }

    [Fact]
    public void The_catalog_has_the_entries_of_the_specification()
    {
        var bytes = IsoFixture.Bytes(IsoFixture.Sample(), IsoFixture.Bootable());
        Assert.Equal("CD001"u8.ToArray(), bytes[(17 * Block + 1)..(17 * Block + 6)]);
        Assert.Equal("EL TORITO SPECIFICATION"u8.ToArray(), bytes[(17 * Block + 7)..(17 * Block + 30)]);
        var catalog = bytes.AsSpan(CatalogOffset(bytes), Block);

        ushort sum = 0;
        for (var i = 0; i < 32; i += 2)
            sum += BinaryPrimitives.ReadUInt16LittleEndian(catalog[i..]);
        Assert.Equal(0, sum);
        Assert.Equal([1, 0, 0x55, 0xAA], new[] { catalog[0], catalog[1], catalog[30], catalog[31] });
        Assert.Equal([0x88, 0, 4], new[] { catalog[32], catalog[33], catalog[38] });
        Assert.Equal([0x91, 0xEF, 1, 0], catalog.Slice(64, 4).ToArray());
        Assert.Equal([0x88, 0], catalog.Slice(96, 2).ToArray());
    }

    [Fact]
    public void An_image_that_boots_by_UEFI_only_has_one_entry_for_it()
    {
        var bytes = IsoFixture.Bytes(IsoFixture.Sample(), IsoFixture.Bootable() with { BiosBoot = null });
        var catalog = bytes.AsSpan(CatalogOffset(bytes), Block);
        Assert.Equal(0xEF, catalog[1]);
        Assert.Equal([0x88, 0], catalog.Slice(32, 2).ToArray());
        Assert.Equal(0, catalog[64]);
    }

    [Fact]
    public void The_BIOS_image_is_patched_with_where_it_lies()
    {
        var bytes = IsoFixture.Bytes(IsoFixture.Sample(), IsoFixture.Bootable());
        var lba = Lba(bytes, 32);
        var original = IsoFixture.BiosImage.ToArray();
        var written = bytes.AsSpan(lba * Block, original.Length).ToArray();

        Assert.Equal((ulong)lba * 4 + 5, BinaryPrimitives.ReadUInt64LittleEndian(written.AsSpan(2548)));
        Assert.Equal([16u, (uint)lba, (uint)original.Length], Enumerable.Range(0, 3).Select(i => BinaryPrimitives.ReadUInt32LittleEndian(written.AsSpan(8 + 4 * i))));
        uint sum = 0;
        foreach (var word in written[64..].Chunk(4))
            sum += BinaryPrimitives.ReadUInt32LittleEndian(word.Concat(new byte[3]).Take(4).ToArray());
        Assert.Equal(sum, BinaryPrimitives.ReadUInt32LittleEndian(written.AsSpan(20)));
        Assert.Equal(new byte[40], written[24..64]);
        Assert.Equal(original[64..2548], written[64..2548]);
        Assert.Equal(original[2556..], written[2556..]);
    }

    [ToolFact("xorriso")]
    public void A_hidden_BIOS_image_boots_without_being_a_file()
    {
        using var folder = new TempFolder();
        var options = IsoFixture.Bootable();
        IsoFixture.Write(folder, IsoFixture.Sample(), options with { BiosBoot = options.BiosBoot! with { Path = null } });

        Assert.Contains("BIOS  y   none", Report(folder), StringComparison.Ordinal);
        Assert.DoesNotContain("eltorito", Tool.Run("xorriso", "-indev", folder["image.iso"], "-find"), StringComparison.Ordinal);
    }

    [Fact]
    public void An_EFI_image_that_El_Torito_cannot_count_is_refused()
    {
        IsoImage With(long length) => IsoImage.Layout(new Tree(), IsoFixture.Plain with { EfiBoot = new EfiBoot { Image = new MarkedContent(length) } });
        Assert.Equal("IB2202", Assert.Throws<ImageException>(() => With(32 << 20)).Id);
        With((32 << 20) - 512);
    }

    [Fact]
    public void Boot_images_that_cannot_work_are_refused()
    {
        var small = IsoFixture.Plain with { BiosBoot = new BiosBoot { Image = Content.From(new byte[2048]) } };
        Assert.Equal("IB2208", Assert.Throws<ImageException>(() => IsoImage.Layout(new Tree(), small)).Id);
        var loose = IsoFixture.Bootable(HybridLayout.ValidGpt) with { BiosBoot = null };
        Assert.Equal("IB2209", Assert.Throws<ImageException>(() => IsoImage.Layout(new Tree(), loose)).Id);
    }

    private static string Report(TempFolder folder) => Tool.Run("xorriso", "-indev", folder["image.iso"], "-report_el_torito", "plain");

    private static int CatalogOffset(byte[] bytes) => BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(17 * Block + 0x47)) * Block;

    private static int Lba(byte[] bytes, int entry) => BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(CatalogOffset(bytes) + entry + 8));
}
