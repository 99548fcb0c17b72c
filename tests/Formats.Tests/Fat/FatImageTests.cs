using ImageBuilder.Formats.Fat;
using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Formats.Tests.Fat;

public class FatImageTests
{
    private static readonly DateTimeOffset Time = new(2024, 5, 6, 7, 8, 10, TimeSpan.Zero);
    private static readonly FatOptions Options = new() { VolumeLabel = "boot", VolumeId = 0x1234ABCD, Time = Time };

    [ToolFact("fsck.fat", "mcopy")]
    public void Files_come_back_as_they_were_and_fsck_finds_no_fault()
    {
        var tree = Sample();
        using var folder = new TempFolder();
        Check(folder, tree, Options);

        Tool.Run("mcopy", "-s", "-n", "-i", folder["fat.img"], "::/", folder["out"]);

        foreach (var (path, node) in tree.Walk().Where(entry => !entry.Node.IsDirectory))
            Assert.Equal(node.Content.ToArray(), File.ReadAllBytes(folder["out"] + path));
    }

    [ToolTheory("fsck.fat", "mcopy")]
    [InlineData(FatType.Fat12, 512, null)]
    [InlineData(FatType.Fat16, 512, null)]
    [InlineData(FatType.Fat32, 512, null)]
    [InlineData(FatType.Fat12, 512, 3 << 20)]
    [InlineData(FatType.Fat16, 512, 32 << 20)]
    [InlineData(FatType.Fat32, 512, 64 << 20)]
    [InlineData(FatType.Fat12, 4096, null)]
    [InlineData(FatType.Fat16, 4096, null)]
    [InlineData(FatType.Fat32, 4096, null)]
    public void Every_type_is_written_for_every_sector_size(FatType type, int sectorSize, int? size)
    {
        using var folder = new TempFolder();
        var image = Check(folder, Sample(), Options with { Type = type, SectorSize = sectorSize, Size = size });

        Assert.Equal(type, image.Type);
        Assert.Equal(size ?? image.Length, image.Length);
        Tool.Run("mcopy", "-i", folder["fat.img"], "::/EFI/BOOT/BOOTX64.EFI", folder["efi"]);
        Assert.Equal(Sample().Find("/EFI/BOOT/BOOTX64.EFI")!.Content.ToArray(), File.ReadAllBytes(folder["efi"]));
    }

    [ToolTheory("fsck.fat")]
    [InlineData(4084, FatType.Fat12)]
    [InlineData(4085, FatType.Fat16)]
    [InlineData(65524, FatType.Fat16)]
    [InlineData(65525, FatType.Fat32)]
    public void The_type_follows_from_the_number_of_clusters_alone(int clusters, FatType type)
    {
        // One file that fills all but the directory's clusters leaves no slack for the layout to hide behind.
        var tree = new Tree();
        var forRoot = type == FatType.Fat32 ? 1 : 0;
        tree.Root.Children["FULL"] = Node.File(Content.From(new byte[(clusters - forRoot) * 512]));
        using var folder = new TempFolder();

        var image = Check(folder, tree, Options with { ClusterSize = 512, Type = type == FatType.Fat32 ? type : null });

        Assert.Equal((clusters, type), (image.ClusterCount, image.Type));
        var report = Tool.Run("fsck.fat", "-n", "-v", folder["fat.img"]);
        Assert.Contains($"{clusters}/{clusters} clusters", report, StringComparison.Ordinal);
        Assert.Contains($"{(int)type} bit entries", report, StringComparison.Ordinal);
    }

    [ToolFact("fsck.fat")]
    public void Sizes_around_the_type_boundaries_all_give_sound_images()
    {
        using var folder = new TempFolder();
        for (var sectors = 4084 + 1 + 32 + 24 - 2; sectors < 4084 + 1 + 32 + 24 + 18; sectors++)
            Check(folder, Small(), Options with { ClusterSize = 512, Size = sectors * 512L });
        for (var sectors = 65524 + 1 + 32 + 512 - 2; sectors < 65524 + 1 + 32 + 512 + 600; sectors += 47)
            Check(folder, Small(), Options with { ClusterSize = 512, Size = sectors * 512L });
    }

    [Theory]
    [InlineData(1 << 20, FatType.Fat12)]
    [InlineData(32 << 20, FatType.Fat16)]
    [InlineData(500 << 20, FatType.Fat16)]
    [InlineData(1 << 30, FatType.Fat32)]
    public void A_disk_gets_the_type_usual_for_its_size(int size, FatType type) =>
        Assert.Equal(type, FatImage.Layout(Small(), Options with { Size = size }).Type);

    [ToolFact("fsck.fat", "mdir")]
    public void Long_names_and_their_short_aliases_are_unique()
    {
        var tree = new Tree();
        for (var i = 0; i < 1200; i++)
            tree.Put($"/d/a rather long name, number {i}.conf", Node.File($"{i}"));
        tree.Put("/d/ARATHE~1.CON", Node.File("taken"));
        tree.Put("/d/Grüße 漢字.txt", Node.File("unicode"));
        tree.Put("/d/.hidden", Node.File("dot"));
        tree.Put("/d/" + new string('n', 255), Node.File("long"));
        tree.Put("/d/thirteen_char", Node.File("one entry exactly"));
        using var folder = new TempFolder();

        Check(folder, tree, Options);

        var listed = Tool.Run("mdir", "-b", "-i", folder["fat.img"], "::/d").Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(tree.Find("/d")!.Children.Keys.Select(name => $"::/d/{name}").Order(StringComparer.Ordinal), listed.Order(StringComparer.Ordinal));
        Tool.Run("mcopy", "-i", folder["fat.img"], "::/d/" + new string('n', 255), folder["n"]);
        Assert.Equal("long", File.ReadAllText(folder["n"]));
    }

    [Fact]
    public void The_checksum_of_an_alias_ties_long_entries_to_it()
    {
        var tree = new Tree();
        tree.Root.Children["readme.txt"] = Node.File("x");
        using var image = new MemoryStream();
        FatImage.Layout(tree, Options with { VolumeLabel = "", Type = FatType.Fat12 }).Write(image);

        var root = image.ToArray().AsSpan(3 * 512); // behind one reserved sector and two FATs of one sector
        Assert.Equal(0x41, root[0]); // first and last part
        Assert.Equal("README~1TXT", System.Text.Encoding.ASCII.GetString(root.Slice(32, 11)));
        Assert.Equal(0x6B, root[13]); // eleven times rotate right by one and add, by hand
    }

    [Theory]
    [InlineData(FatType.Fat12)]
    [InlineData(FatType.Fat16)]
    public void A_full_root_directory_is_refused_where_it_cannot_grow(FatType type)
    {
        var error = Assert.Throws<ImageException>(() => FatImage.Layout(Names(512), Options with { Type = type }));
        Assert.Equal("IB2608", error.Id);
        FatImage.Layout(Names(511), Options with { Type = type }); // with the label, exactly full
    }

    [ToolFact("fsck.fat")]
    public void The_root_directory_of_FAT32_grows()
    {
        using var folder = new TempFolder();
        Check(folder, Names(5000), Options with { Type = FatType.Fat32 });
    }

    [Fact]
    public void What_FAT_cannot_hold_is_refused_by_name()
    {
        Assert.Equal("IB2605", Refused("/link", Node.Symlink("x")));
        Assert.Equal("IB2603", Refused("/a:b", Node.File("")));
        Assert.Equal("IB2603", Refused("/ends.", Node.File("")));
        Assert.Equal("IB2602", Assert.Throws<ImageException>(() => FatImage.Layout(Sample(), Options with { Size = 64 << 10 })).Id);
        Assert.Equal("IB2609", Assert.Throws<ImageException>(() => FatImage.Layout(Small(), Options with { VolumeLabel = "twelve chars" })).Id);
        var tree = new Tree();
        tree.Put("/readme", Node.File("1"));
        tree.Put("/README", Node.File("2"));
        Assert.Equal("IB2604", Assert.Throws<ImageException>(() => FatImage.Layout(tree, Options)).Id);
        tree = new Tree();
        tree.Root.Children[EntryName.From([0xFF, 0xFE])] = Node.File("");
        Assert.Equal("IB2603", Assert.Throws<ImageException>(() => FatImage.Layout(tree, Options)).Id);

        static string Refused(string path, Node node)
        {
            var tree = new Tree();
            tree.Put(path, node);
            return Assert.Throws<ImageException>(() => FatImage.Layout(tree, Options)).Id;
        }
    }

    [ToolFact("blkid", "mdir")]
    public void Label_serial_number_and_times_are_those_given()
    {
        using var folder = new TempFolder();
        var tree = new Tree();
        var file = Node.File("x");
        file.ModifiedTime = Time.ToUnixTimeSeconds();
        tree.Put("/FILE", file);
        Check(folder, tree, Options);

        var found = Tool.Run("blkid", "-p", "-o", "export", folder["fat.img"]);
        Assert.Contains("\nLABEL=BOOT\n", "\n" + found, StringComparison.Ordinal);
        Assert.Contains("\nUUID=1234-ABCD\n", "\n" + found, StringComparison.Ordinal);
        Assert.Contains("2024-05-06   7:08", Tool.Run("mdir", "-i", folder["fat.img"], "::/"), StringComparison.Ordinal);
    }

    [Fact]
    public void The_same_input_gives_the_same_bytes_and_other_input_others()
    {
        Assert.Equal(Bytes(Options), Bytes(Options));
        Assert.NotEqual(Bytes(Options), Bytes(Options with { VolumeId = 1 }));
        Assert.NotEqual(Bytes(Options), Bytes(Options with { Time = Time.AddSeconds(2) }));

        static byte[] Bytes(FatOptions options)
        {
            using var stream = new MemoryStream();
            FatImage.Layout(Sample(), options).Write(stream);
            return stream.ToArray();
        }
    }

    private static FatImage Check(TempFolder folder, Tree tree, FatOptions options)
    {
        var image = FatImage.Layout(tree, options);
        using (var stream = File.Create(folder["fat.img"]))
            image.Write(stream);
        Assert.Equal(image.Length, new FileInfo(folder["fat.img"]).Length);
        Tool.Run("fsck.fat", "-n", folder["fat.img"]);
        return image;
    }

    private static Tree Sample()
    {
        var tree = new Tree();
        tree.Put("/EFI/BOOT/BOOTX64.EFI", Node.File(Content.From(Pattern(300_001))));
        tree.Put("/EFI/debian/grub.cfg", Node.File("set root\n"));
        tree.Put("/empty.txt", Node.File(""));
        tree.Put("/a directory with a long name/in/it/file.with.dots.tar.gz", Node.File(Content.From(Pattern(4096))));
        return tree;
    }

    private static Tree Small()
    {
        var tree = new Tree();
        tree.Put("/A/B", Node.File("hello"));
        return tree;
    }

    private static Tree Names(int count)
    {
        var tree = new Tree();
        for (var i = 0; i < count; i++)
            tree.Root.Children[$"F{i:D4}"] = Node.File("");
        return tree;
    }

    private static byte[] Pattern(int length) => [.. Enumerable.Range(0, length).Select(i => (byte)(i * 7 + i / 251))];
}
