using ImageBuilder.Formats.Gpt;
using ImageBuilder.Formats.Iso9660;
using ImageBuilder.Formats.Tests.SquashFs;
using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Formats.Tests.Iso9660.Read;

public class OwnImageTests
{
    [Fact]
    public void What_our_writer_wrote_comes_back_as_it_was()
    {
        var tree = Everything();
        var volume = IsoVolume.Open(Content.From(IsoFixture.Bytes(tree, IsoFixture.Plain)));

        Assert.True(volume.HasRockRidge);
        Assert.Equal(["IEEE_1282"], volume.Extensions);
        Assert.Equal("IB_TEST", volume.Primary.VolumeId);
        Assert.Equal("IB_TEST", volume.Joliet?.VolumeId);
        Assert.Equal(IsoImage.UuidFor(IsoFixture.Time), volume.Primary.Uuid);
        Assert.Equal(TreeText.Of(tree), TreeText.Of(volume.ReadTree(null, out var unread)));
        Assert.Empty(unread);
        volume.CheckPathTables();
    }

    [Fact]
    public void Joliet_and_plain_views_show_the_same_bytes_under_other_names()
    {
        var tree = new Tree();
        tree.Put("/Some Folder/File.TXT", Node.File("text"));
        var volume = IsoVolume.Open(Content.From(IsoFixture.Bytes(tree, IsoFixture.Plain)));

        Assert.Equal(["/Some Folder", "/Some Folder/File.TXT"], volume.ReadTree(IsoNameSpace.Joliet).Walk().Select(entry => entry.Path));
        var plain = volume.ReadTree(IsoNameSpace.Plain);
        Assert.Equal("text"u8.ToArray(), plain.Find("/some_folder/file.txt")!.Content.ToArray());
    }

    [Theory]
    [InlineData(HybridLayout.ValidGpt)]
    [InlineData(HybridLayout.IsohybridGpt)]
    [InlineData(HybridLayout.MbrOnly)]
    public void Boot_entries_are_those_that_were_asked_for(HybridLayout layout)
    {
        var bytes = IsoFixture.Bytes(IsoFixture.Sample(), IsoFixture.Bootable(layout));
        var entries = IsoVolume.Open(Content.From(bytes)).ReadBootCatalog()!.Entries;

        Assert.Equal([BootPlatform.Bios, BootPlatform.Efi], entries.Select(entry => entry.Platform));
        Assert.All(entries, entry => Assert.Equal((BootMedia.NoEmulation, true), (entry.Media, entry.IsBootable)));
        Assert.Equal((4, 2048), (entries[0].Sectors, entries[1].Sectors));
        Assert.Equal(IsoFixture.EfiImage.ToArray(), bytes[(int)entries[1].Offset..(int)(entries[1].Offset + entries[1].Length)]);
    }

    [Fact]
    public void The_partition_of_a_hybrid_image_is_a_volume_of_the_same_files()
    {
        var content = Content.From(IsoFixture.Bytes(IsoFixture.Sample(), IsoFixture.Bootable(HybridLayout.ValidGpt)));

        var inside = IsoVolume.Open(content, origin: 16 * 2048);

        Assert.Equal(TreeText.Of(IsoVolume.Open(content).ReadTree()), TreeText.Of(inside.ReadTree()));
    }

    [Fact]
    public void A_file_beyond_4_GiB_is_read_over_its_sections()
    {
        using var folder = new TempFolder();
        var marked = new MarkedContent((5L << 30) + 3, 0, 0xFFFFF800 - 1, 0xFFFFF800, 4L << 30, (5L << 30) + 2);
        var tree = new Tree();
        tree.Put("/big", Node.File(marked));
        tree.Put("/after", Node.File("after"));
        IsoFixture.Write(folder, tree, IsoFixture.Plain);
        using var file = File.OpenHandle(folder["image.iso"]);

        var read = IsoVolume.Open(Content.From(file, 0, RandomAccess.GetLength(file), "image.iso")).ReadTree();

        var big = read.Find("/big")!.Content;
        Assert.Equal(marked.Length, big.Length);
        Span<byte> found = stackalloc byte[64], expected = stackalloc byte[64];
        foreach (var at in (long[])[0, 0xFFFFF800 - 32, 4L << 30, marked.Length - 64])
        {
            big.Read(at, found);
            marked.Read(at, expected);
            Assert.Equal(expected.ToArray(), found.ToArray());
            Assert.Contains((byte)0xA5, found.ToArray());
        }
        Assert.Equal("after"u8.ToArray(), read.Find("/after")!.Content.ToArray());
    }

    [Fact]
    public void Locate_names_the_structure_or_file_of_every_byte()
    {
        var content = Content.From(IsoFixture.Bytes(IsoFixture.Sample(), IsoFixture.Bootable(HybridLayout.ValidGpt)));
        var volume = IsoVolume.Open(content);
        var tables = DiskTables.Read(content)!;
        var boot = volume.ReadBootCatalog()!;

        Assert.Equal("master boot record, byte 0", volume.Locate(0));
        Assert.Equal("GPT header, byte 16", volume.Locate(512 + 16));
        Assert.Equal("GPT entries, byte 0", volume.Locate(1024));
        Assert.Equal("primary volume descriptor, byte 40", volume.Locate(16 * 2048 + 40));
        Assert.Equal("boot record, byte 71", volume.Locate(17 * 2048 + 71));
        Assert.Equal("in partition 1: primary volume descriptor, byte 0", volume.Locate(32 * 2048));
        Assert.Equal("El Torito boot catalog, byte 32", volume.Locate(boot.Offset + 32));
        Assert.Equal("Efi boot image, byte 5", volume.Locate(boot.Entries[1].Offset + 5));
        Assert.Equal("backup GPT header, byte 0", volume.Locate(content.Length - 512));
        Assert.Equal("behind the end of the image", volume.Locate(content.Length));
        Assert.Equal(2, tables.Partitions.Count);

        // A byte of a file is found by looking for it.
        var needle = IndexOf(content.ToArray(), "linux /boot/vmlinuz"u8);
        Assert.Equal("file /boot/grub/grub.cfg, byte 0", volume.Locate(needle));
        Assert.Equal("padding behind file /boot/grub/grub.cfg, byte 0", volume.Locate(needle + "linux /boot/vmlinuz-6.12.0-amd64\n".Length));
        Assert.Matches("^directory /boot, record of 'vmlinuz-6.12.0-amd64', byte [0-9]+$", volume.Locate(IndexOf(content.ToArray(), "VMLINUZ_6_12.0"u8)));
        for (var at = 0L; at < content.Length; at += 509)
            Assert.NotEqual("", volume.Locate(at));

        static int IndexOf(byte[] bytes, ReadOnlySpan<byte> text) => bytes.AsSpan().IndexOf(text);
    }

    private static Tree Everything()
    {
        var tree = new Tree();
        var time = IsoFixture.Time.ToUnixTimeSeconds();
        tree.Put($"/Deep/{new string('n', 240)}/file.with.dots", Node.File("deep"));
        tree.Put("/a/b/c/d/e/f/g/h/i/j/k", Node.File("eleven levels"));
        tree.Put("/empty", Node.File(""));
        tree.Put("/link", Node.Symlink("../a//b/./" + new string('t', 300) + "/../end/"));
        tree.Put("/absolute", Node.Symlink("/usr/lib"));
        tree.Put("/root", Node.Symlink("/"));
        tree.Put("/null", Node.Device(NodeKind.CharacterDevice, 1, 3));
        tree.Put("/nvme", Node.Device(NodeKind.BlockDevice, 259, 70_000));
        tree.Put("/pipe", new Node(NodeKind.Fifo));
        var linked = Node.File("two names");
        tree.Put("/first", linked);
        tree.Put("/second", linked);
        tree.Put("/suid", new Node(NodeKind.File) { Content = Content.From("s"), Mode = 0b100_111_101_101, Uid = 1000, Gid = 70_000 });
        tree.Root.Children[EntryName.From([0xFF, 0xFE, (byte)'x'])] = Node.File("not UTF-8");
        for (var i = 0; i < 200; i++)
            tree.Put($"/many/file number {i}", Node.File($"{i}"));
        foreach (var (_, node) in tree.Walk())
            node.ModifiedTime = time;
        tree.Root.ModifiedTime = time;
        return tree;
    }
}
