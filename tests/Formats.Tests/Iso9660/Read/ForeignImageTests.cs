using ImageBuilder.Formats.Gpt;
using ImageBuilder.Formats.Iso9660;
using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Formats.Tests.Iso9660.Read;

public class ForeignImageTests
{
    [ToolTheory("genisoimage", "bsdtar")]
    [InlineData("-R")]
    [InlineData("-r")]
    [InlineData("-R -J")]
    [InlineData("-R -l -iso-level 3")]
    [InlineData("-R -iso-level 4")]
    public void Rock_Ridge_images_of_genisoimage_are_read_as_bsdtar_extracts_them(string options)
    {
        using var folder = Input();
        Tool.Run("genisoimage", ["-quiet", .. options.Split(' '), "-V", "FOREIGN", "-o", folder["a.iso"], folder["in"]]);
        Extract(folder);

        var volume = Open(folder);

        Assert.True(volume.HasRockRidge);
        Assert.Equal("FOREIGN", volume.Primary.VolumeId);
        Assert.Equal(options.Contains("-J", StringComparison.Ordinal), volume.Joliet is not null);
        FolderComparison.AssertSame(folder["out"], volume.ReadTree(), modes: true);
        FolderComparison.AssertSame(folder["in"], volume.ReadTree(), modes: options[1] == 'R');
        volume.CheckPathTables();
    }

    [ToolFact("genisoimage", "isoinfo")]
    public void Joliet_names_are_those_that_were_given()
    {
        using var folder = Input(deep: false);
        Tool.Run("genisoimage", "-quiet", "-J", "-joliet-long", "-o", folder["a.iso"], folder["in"]);
        File.Delete(folder["in/dir/link"]); // Joliet has no links
        File.Delete(folder["in/absolute"]);

        var volume = Open(folder);

        Assert.False(volume.HasRockRidge);
        FolderComparison.AssertSame(folder["in"], volume.ReadTree());
    }

    [ToolTheory("genisoimage", "isoinfo")]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Plain_names_of_every_level_are_those_that_isoinfo_lists(int level)
    {
        using var folder = Input(deep: false);
        Tool.Run("genisoimage", "-quiet", "-iso-level", $"{level}", "-o", folder["a.iso"], folder["in"]);

        var listed = Tool.Run("isoinfo", "-f", "-i", folder["a.iso"]).Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(path => path.Split(';')[0].TrimEnd('.').ToLowerInvariant());

        Assert.Equal(listed.Order(StringComparer.Ordinal), Open(folder).ReadTree().Walk().Select(entry => entry.Path).Order(StringComparer.Ordinal));
    }

    [ToolFact("genisoimage", "bsdtar")]
    public void Relocated_directories_are_where_they_belong_and_their_parking_place_is_gone()
    {
        using var folder = new TempFolder();
        Directory.CreateDirectory(folder["in/1/2/3/4/5/6/7/8/9/10/11"]);
        Directory.CreateDirectory(folder["in/1/2/3/4/5/6/7/other/9"]);
        File.WriteAllText(folder["in/1/2/3/4/5/6/7/8/9/10/11/file"], "deep");
        File.WriteAllText(folder["in/1/2/3/4/5/6/7/other/9/file"], "deep too");
        Tool.Run("genisoimage", "-quiet", "-R", "-o", folder["a.iso"], folder["in"]);
        Assert.Contains("RR_MOVED", Tool.Run("isoinfo", "-f", "-i", folder["a.iso"]), StringComparison.OrdinalIgnoreCase);
        Extract(folder);

        FolderComparison.AssertSame(folder["in"], Open(folder).ReadTree(), modes: true);
        FolderComparison.AssertSame(folder["out"], Open(folder).ReadTree(), modes: true);
        Open(folder).CheckPathTables();
    }

    [ToolTheory("xorriso", "bsdtar")]
    [InlineData("-as mkisofs -R -J")]
    [InlineData("-as mkisofs -R -J -isohybrid-gpt-basdat -partition_offset 16")]
    [InlineData("-as mkisofs -r -hfsplus")]
    [InlineData("-as mkisofs -R -iso-level 3 -appended_part_as_gpt -append_partition 2 0xef EFI")]
    [InlineData("-as mkisofs -R -append_partition 2 0xef EFI -appended_part_as_apm")]
    public void Images_of_xorriso_are_read_as_bsdtar_extracts_them(string options)
    {
        using var folder = Input();
        File.WriteAllBytes(folder["efi.img"], IsoFixture.Pattern(1 << 20));
        Tool.Run("xorriso", [.. options.Replace("EFI", folder["efi.img"], StringComparison.Ordinal).Split(' '), "-V", "FOREIGN", "-o", folder["a.iso"], folder["in"]]);
        Extract(folder);

        FolderComparison.AssertSame(folder["out"], Open(folder).ReadTree(), modes: true);
        FolderComparison.AssertSame(folder["in"], Open(folder).ReadTree());
        Open(folder).CheckPathTables();
    }

    [ToolFact("xorriso")]
    public void Hard_links_of_xorriso_are_one_file()
    {
        using var folder = new TempFolder();
        Directory.CreateDirectory(folder["in"]);
        File.WriteAllText(folder["in/a"], "linked");
        Tool.Run("ln", folder["in/a"], folder["in/b"]);
        Tool.Run("xorriso", "-hardlinks", "on", "-outdev", folder["a.iso"], "-map", folder["in"], "/");

        var tree = Open(folder).ReadTree();

        Assert.Equal("linked"u8.ToArray(), tree.Find("/a")!.Content.ToArray());
        Assert.Same(tree.Find("/a"), tree.Find("/b"));
    }

    [ToolFact("xorriso")]
    public void Attributes_of_xorriso_that_a_tree_does_not_take_are_said_to_be_there()
    {
        using var folder = new TempFolder();
        Directory.CreateDirectory(folder["in"]);
        File.WriteAllText(folder["in/a"], "x");
        Tool.Run("xorriso", "-xattr", "on", "-outdev", folder["a.iso"], "-map", folder["in"], "/", "-setfattr", "user.test", "value", "/a", "--");

        Open(folder).ReadTree(null, out var unread);

        Assert.Contains("AL", Assert.Single(unread), StringComparison.Ordinal);
    }

    [ToolFact("xorriso")]
    public void Long_links_of_xorriso_are_whole()
    {
        using var folder = new TempFolder();
        Directory.CreateDirectory(folder["in"]);
        File.CreateSymbolicLink(folder["in/link"], "/usr/lib/" + string.Join('/', Enumerable.Repeat("component", 90)));
        Tool.Run("xorriso", "-as", "mkisofs", "-R", "-o", folder["a.iso"], folder["in"]);

        FolderComparison.AssertSame(folder["in"], Open(folder).ReadTree());
    }

    [ToolFact("genisoimage")]
    public void Long_links_which_genisoimage_writes_with_too_few_bytes_are_damage_and_not_shortened_in_silence()
    {
        using var folder = new TempFolder();
        Directory.CreateDirectory(folder["in"]);
        File.CreateSymbolicLink(folder["in/link"], "/usr/lib/" + string.Join('/', Enumerable.Repeat("component", 40)));
        Tool.Run("genisoimage", "-quiet", "-R", "-o", folder["a.iso"], folder["in"]);

        Assert.Equal("IB2417", Assert.Throws<ImageException>(() => Open(folder).ReadTree()).Id);
    }

    [ToolFact("genisoimage")]
    public void Files_compressed_by_zisofs_are_listed_and_refused_by_name()
    {
        using var folder = new TempFolder();
        Directory.CreateDirectory(folder["in"]);
        // zisofs: magic, uncompressed length, header size in words, log2 of the block size, then pointers and blocks.
        byte[] compressed = [0x37, 0xE4, 0x53, 0x96, 0xC9, 0xDB, 0xD6, 0x07, 5, 0, 0, 0, 4, 15, 0, 0, 24, 0, 0, 0, 24, 0, 0, 0];
        File.WriteAllBytes(folder["in/file"], compressed);
        Tool.Run("genisoimage", "-quiet", "-R", "-z", "-o", folder["a.iso"], folder["in"]);

        var content = Open(folder).ReadTree().Find("/file")!.Content;

        Assert.Equal(5, content.Length);
        var error = Assert.Throws<ImageException>(() => content.ToArray());
        Assert.Equal((ImageErrorKind.Unsupported, "IB2421"), (error.Kind, error.Id));
        Assert.Contains("/file", error.Message, StringComparison.Ordinal);
    }

    [ToolFact("genisoimage")]
    public void Boot_catalogs_of_genisoimage_are_read()
    {
        using var folder = Input();
        File.WriteAllBytes(folder["in/boot.img"], IsoFixture.Pattern(1440 << 10));
        File.WriteAllBytes(folder["in/efi.img"], IsoFixture.Pattern(4096));
        Tool.Run("genisoimage", "-quiet", "-R", "-b", "boot.img", "-c", "boot.cat", "-eltorito-alt-boot", "-efi-boot", "efi.img", "-no-emul-boot", "-o", folder["a.iso"], folder["in"]);

        var catalog = Open(folder).ReadBootCatalog()!;

        Assert.Equal([(BootPlatform.Bios, BootMedia.Floppy1440), (BootPlatform.Efi, BootMedia.NoEmulation)], catalog.Entries.Select(entry => (entry.Platform, entry.Media)));
        Assert.StartsWith("file /boot.cat", Open(folder).Locate(catalog.Offset).Replace("El Torito boot catalog", "file /boot.cat", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Equal("file /efi.img, byte 0", Open(folder).Locate(catalog.Entries[1].Offset));
    }

    [ToolFact("xorriso")]
    public void An_appended_partition_is_located_by_its_number()
    {
        using var folder = Input(deep: false);
        File.WriteAllBytes(folder["efi.img"], IsoFixture.Pattern(1 << 20));
        Tool.Run("xorriso", "-as", "mkisofs", "-R", "-appended_part_as_gpt", "-append_partition", "2", "0xef", folder["efi.img"], "-o", folder["a.iso"], folder["in"]);
        var content = Content.From(File.ReadAllBytes(folder["a.iso"]));

        var partition = DiskTables.Read(content)!.Partitions.Single(partition => partition.Number == 2);

        Assert.Equal("EFI system partition", partition.Type);
        Assert.Equal("partition 2, byte 7", IsoVolume.Open(content).Locate(partition.Offset + 7));
        Assert.Equal(IsoFixture.Pattern(1 << 20), content.Slice(partition.Offset, 1 << 20).ToArray());
    }

    private static TempFolder Input(bool deep = true)
    {
        var folder = new TempFolder();
        Directory.CreateDirectory(folder["in/dir/sub"]);
        File.WriteAllText(folder["in/Some File with a long name.text"], "text");
        File.WriteAllText(folder["in/dir/sub/x"], "");
        File.WriteAllBytes(folder["in/dir/big.bin"], IsoFixture.Pattern(300_000));
        File.WriteAllText(folder["in/dir/ünïcödé.txt"], "unicode");
        File.CreateSymbolicLink(folder["in/dir/link"], "../Some File with a long name.text");
        File.CreateSymbolicLink(folder["in/absolute"], "/usr/lib/" + string.Join('/', Enumerable.Repeat("component", 8)));
        if (deep)
        {
            File.WriteAllText(folder["in/" + new string('n', 200)], "long name");
            for (var i = 0; i < 150; i++)
                File.WriteAllText(folder[$"in/dir/sub/number {i}"], $"{i}");
        }
        return folder;
    }

    private static void Extract(TempFolder folder)
    {
        Directory.CreateDirectory(folder["out"]);
        Tool.Run("bsdtar", "-xpf", folder["a.iso"], "-C", folder["out"]);
    }

    private static IsoVolume Open(TempFolder folder) => IsoVolume.Open(Content.From(File.ReadAllBytes(folder["a.iso"])));
}
