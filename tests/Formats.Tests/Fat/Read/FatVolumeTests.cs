using System.Buffers.Binary;
using ImageBuilder.Formats.Fat;
using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Formats.Tests.Fat.Read;

public class FatVolumeTests
{
    private static readonly FatOptions Options = new() { VolumeLabel = "IB BOOT", VolumeId = 0x1234ABCD, Time = new(2024, 5, 6, 7, 8, 10, TimeSpan.Zero) };

    [Theory]
    [InlineData(FatType.Fat12, 512)]
    [InlineData(FatType.Fat16, 512)]
    [InlineData(FatType.Fat32, 512)]
    [InlineData(FatType.Fat12, 4096)]
    [InlineData(FatType.Fat32, 4096)]
    public void What_our_writer_wrote_comes_back_as_it_was(FatType type, int sectorSize)
    {
        var tree = Sample();
        var volume = FatVolume.Open(Content.From(Bytes(tree, Options with { Type = type, SectorSize = sectorSize })));
        var read = volume.ReadTree();

        Assert.Equal((type, sectorSize, 0x1234ABCDu, "IB BOOT"), (volume.Type, volume.SectorSize, volume.VolumeId, volume.Label));
        Assert.Equal(SquashFs.TreeText.Of(tree), SquashFs.TreeText.Of(read));
    }

    [ToolTheory("mkfs.fat", "mcopy")]
    [InlineData("-F 12", 2 << 10)]
    [InlineData("-F 16", 20 << 10)]
    [InlineData("-F 32", 40 << 10)]
    [InlineData("-F 16 -S 4096", 80 << 10)]
    public void File_systems_of_mkfs_filled_by_mtools_are_read_as_mtools_extracts_them(string options, int kibibytes)
    {
        using var folder = new TempFolder();
        Directory.CreateDirectory(folder["in/Directory With Long Name/sub"]);
        File.WriteAllBytes(folder["in/BIG.BIN"], Pattern(100_000));
        File.WriteAllText(folder["in/Directory With Long Name/sub/Grüße 漢字.txt"], "unicode");
        File.WriteAllText(folder["in/lower.txt"], "lower");
        File.WriteAllText(folder["in/Directory With Long Name/" + new string('n', 200)], "long");
        File.WriteAllText(folder["in/EMPTY"], "");
        Tool.Run("mkfs.fat", [.. options.Split(' '), "-n", "FOREIGN", "-i", "CAFE1234", "-C", folder["fat.img"], $"{kibibytes}"]);
        // Fragments: small files with gaps between them, then a large one into the gaps.
        for (var i = 0; i < 20; i++)
            File.WriteAllBytes(folder[$"in/F{i:D2}"], Pattern(3000 + i));
        Mcopy(Enumerable.Range(0, 20).Select(i => folder[$"in/F{i:D2}"]));
        foreach (var i in Enumerable.Range(0, 10))
        {
            Tool.Run("mdel", "-i", folder["fat.img"], $"::/F{i * 2:D2}");
            File.Delete(folder[$"in/F{i * 2:D2}"]);
        }
        Mcopy(new DirectoryInfo(folder["in"]).EnumerateFileSystemInfos().Where(file => file.Name[0] != 'F').Select(file => file.FullName));
        Directory.CreateDirectory(folder["out"]);
        Tool.Run("mcopy", "-s", "-n", "-i", folder["fat.img"], "::/*", folder["out"]);

        var volume = FatVolume.Open(Content.From(File.ReadAllBytes(folder["fat.img"])));
        var tree = volume.ReadTree();

        FolderComparison.AssertSame(folder["out"], tree);
        FolderComparison.AssertSame(folder["in"], tree);
        Assert.Equal((0xCAFE1234u, "FOREIGN", $"Fat{options.Split(' ')[1]}"), (volume.VolumeId, volume.Label, volume.Type.ToString()));

        void Mcopy(IEnumerable<string> files) => Tool.Run("mcopy", ["-s", "-i", folder["fat.img"], .. files, "::/"]);
    }

    [Fact]
    public void What_is_no_FAT_says_so()
    {
        Refused([], "IB2211");
        Refused(new byte[100_000], "IB2211");
    }

    [Fact]
    public void A_chain_that_goes_in_a_circle_or_meets_another_is_corrupt()
    {
        Refused(Changed((bytes, fat) => Entry(bytes, fat, 5, 4)), "IB2214"); // the large file's third cluster leads back
        Refused(Changed((bytes, fat) => Entry(bytes, fat, 6, 2)), "IB2214"); // and into another file's
    }

    [Fact]
    public void A_chain_that_leads_to_a_free_bad_or_missing_cluster_is_corrupt()
    {
        foreach (var next in (int[])[0, 1, 0xFF7, 0xFF0])
            Refused(Changed((bytes, fat) => Entry(bytes, fat, 4, next)), "IB2214");
    }

    [Fact]
    public void A_file_longer_than_its_chain_is_corrupt() =>
        Refused(Changed((bytes, fat) => BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(Named(bytes, "BIG     BIN") + 28), 0xFFFFFFFF)), "IB2214");

    [Fact]
    public void A_directory_inside_itself_is_corrupt() =>
        Refused(Changed((bytes, fat) =>
        {
            var directory = bytes.AsSpan(Named(bytes, "DIR        ") + 26, 2);
            directory.CopyTo(bytes.AsSpan(Named(bytes, "SUB        ") + 26));
        }), "IB2214");

    [Fact]
    public void A_name_with_a_slash_and_two_files_of_one_name_are_corrupt()
    {
        Refused(Changed((bytes, fat) => bytes[Named(bytes, "BIG     BIN")] = (byte)'/'), "IB2215");
        Refused(Changed((bytes, fat) => "BIG     BIN"u8.CopyTo(bytes.AsSpan(Named(bytes, "DIR        ")))), "IB2215");
    }

    [Fact]
    public void A_boot_sector_that_promises_more_than_there_is_is_corrupt()
    {
        var bytes = Bytes(Small(), Options with { Type = FatType.Fat12 });
        Refused(bytes[..^512], "IB2213");
        foreach (var (at, value) in ((int, byte)[])[(13, 128), (22, 0), (17, 255), (14, 255)])
        {
            var changed = (byte[])bytes.Clone();
            changed[at] = value;
            changed[at + 1] = value;
            Refused(changed, null);
        }
    }

    [Fact]
    public void Five_hundred_damaged_images_of_each_type_end_in_a_tree_or_an_error()
    {
        foreach (var (type, seed) in ((FatType, int)[])[(FatType.Fat12, 12), (FatType.Fat16, 16), (FatType.Fat32, 32)])
        {
            var valid = Bytes(Sample(), Options with { Type = type });
            var refused = Mutations.Survive<ImageException>(valid, type == FatType.Fat12 ? 500 : 100, seed, memoryCap: 64 << 20, bytes =>
            {
                foreach (var (_, node) in FatVolume.Open(Content.From(bytes)).ReadTree().Walk())
                    if (node.Kind == NodeKind.File)
                        node.Content.ToArray();
            });
            Assert.InRange(refused, 1, 500);
        }
    }

    private static void Refused(byte[] bytes, string? id)
    {
        var error = Assert.Throws<ImageException>(() => FatVolume.Open(Content.From(bytes)).ReadTree());
        Assert.Equal(ImageErrorKind.Corrupt, error.Kind);
        if (id is not null)
            Assert.Equal(id, error.Id);
        Assert.Contains("byte ", error.Message, StringComparison.Ordinal);
    }

    /// <summary>A FAT12 image of /BIG.BIN (clusters 2 to 6), /DIR, /DIR/SUB and /DIR/SUB/A, changed.</summary>
    private static byte[] Changed(Action<byte[], int> change)
    {
        var bytes = Bytes(Small(), Options with { Type = FatType.Fat12, ClusterSize = 512 });
        change(bytes, 512);
        return bytes;
    }

    private static void Entry(byte[] bytes, int fat, int cluster, int value)
    {
        var at = bytes.AsSpan(fat + cluster * 3 / 2);
        var old = BinaryPrimitives.ReadUInt16LittleEndian(at);
        BinaryPrimitives.WriteUInt16LittleEndian(at, (ushort)(cluster % 2 == 0 ? old & 0xF000 | value : old & 0xF | value << 4));
    }

    private static int Named(byte[] bytes, string alias) => bytes.AsSpan().IndexOf(System.Text.Encoding.ASCII.GetBytes(alias));

    private static Tree Small()
    {
        var tree = new Tree();
        tree.Put("/BIG.BIN", Node.File(Content.From(Pattern(2500))));
        tree.Put("/DIR/SUB/A", Node.File("a"));
        return tree;
    }

    private static Tree Sample()
    {
        var tree = new Tree();
        tree.Put("/EFI/BOOT/BOOTX64.EFI", Node.File(Content.From(Pattern(20_001))));
        tree.Put("/empty.txt", Node.File(""));
        tree.Put("/a directory with a long name/Grüße 漢字/file.with.dots.tar.gz", Node.File(Content.From(Pattern(4096))));
        for (var i = 0; i < 60; i++)
            tree.Put($"/many/file number {i}", Node.File($"{i}"));
        tree.Root.ModifiedTime = 0;
        foreach (var (_, node) in tree.Walk())
            node.ModifiedTime = 1_700_000_000;
        return tree;
    }

    private static byte[] Bytes(Tree tree, FatOptions options)
    {
        using var stream = new MemoryStream();
        FatImage.Layout(tree, options).Write(stream);
        return stream.ToArray();
    }

    private static byte[] Pattern(int length) => [.. Enumerable.Range(0, length).Select(i => (byte)(i * 7 + i / 251))];
}
