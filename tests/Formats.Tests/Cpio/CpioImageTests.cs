using System.Text;
using ImageBuilder.Formats.Cpio;
using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Formats.Tests.Cpio;

public class CpioImageTests
{
    [Fact]
    public void What_our_writer_wrote_comes_back_as_it_was()
    {
        var tree = Sample();
        tree.Put("/null", Node.Device(NodeKind.CharacterDevice, 1, 3));
        var image = CpioImage.Read(Content.From(Bytes(tree)));

        Assert.Equal(SquashFs.TreeText.Of(tree), SquashFs.TreeText.Of(image.Tree));
        Assert.Equal(("none", Bytes(tree).LongLength), (Assert.Single(image.Segments).Compression, image.Segments[0].Length));
        Assert.Same(image.Tree.Find("/hard"), image.Tree.Find("/dir/file"));
    }

    [ToolTheory("cpio", "bsdtar")]
    [InlineData("newc")]
    [InlineData("crc")]
    public void Archives_of_GNU_cpio_are_read_as_bsdtar_extracts_them(string format)
    {
        using var folder = Input();
        Tool.Run("sh", "-c", $"cd '{folder["in"]}' && find . | cpio --quiet -o -H {format} > ../a.cpio");
        Directory.CreateDirectory(folder["out"]);
        Tool.Run("bsdtar", "-xpf", folder["a.cpio"], "-C", folder["out"]);

        var tree = CpioImage.Read(Content.From(File.ReadAllBytes(folder["a.cpio"]))).Tree;

        FolderComparison.AssertSame(folder["out"], tree, modes: true);
        FolderComparison.AssertSame(folder["in"], tree, modes: true);
        Assert.Same(tree.Find("/linked"), tree.Find("/dir/file"));
    }

    [ToolFact("bsdtar")]
    public void Archives_of_bsdtar_are_read()
    {
        using var folder = Input();
        Tool.Run("bsdtar", "-cf", folder["a.cpio"], "--format", "newc", "-C", folder["in"], ".");

        FolderComparison.AssertSame(folder["in"], CpioImage.Read(Content.From(File.ReadAllBytes(folder["a.cpio"]))).Tree, modes: true);
    }

    [ToolTheory("gzip", "xz", "zstd", "lz4")]
    [InlineData("gzip", "gzip -9n")]
    [InlineData("gzip", "gzip -1")]
    [InlineData("xz", "xz --check=crc32")]
    [InlineData("zstd", "zstd -q -19")]
    [InlineData("lz4", "lz4 -q -l")]
    public void Compressed_parts_may_stand_between_others_as_in_initramfs_images_of_distributions(string compression, string program)
    {
        using var folder = new TempFolder();
        var (early, main, last) = (new Tree(), Sample(), new Tree());
        early.Put("/kernel/x86/microcode/GenuineIntel.bin", Node.File("microcode"));
        main.Put("/big", Node.File(Content.From(Pattern(9 << 20))));
        last.Put("/dir/file", Node.File("replaced"));
        File.WriteAllBytes(folder["main"], Bytes(main));
        Tool.Run("sh", "-c", $"{program} -c < '{folder["main"]}' > '{folder["main.z"]}'");
        byte[] bytes = [.. Bytes(early), .. new byte[512], .. File.ReadAllBytes(folder["main.z"]), .. new byte[compression == "lz4" ? 4 : 3], .. File.ReadAllBytes(folder["main.z"])];
        bytes = [.. bytes, .. new byte[4 - bytes.Length % 4 + 4], .. Bytes(last)];

        var image = CpioImage.Read(Content.From(bytes));

        Assert.Equal(["none", compression, compression, "none"], image.Segments.Select(segment => segment.Compression));
        Assert.Equal("kernel", image.Segments[0].FirstName);
        Assert.Equal("microcode"u8.ToArray(), image.Tree.Find("/kernel/x86/microcode/GenuineIntel.bin")!.Content.ToArray());
        Assert.Equal("replaced"u8.ToArray(), image.Tree.Find("/dir/file")!.Content.ToArray());
        Assert.Equal(Pattern(9 << 20), image.Tree.Find("/big")!.Content.ToArray());
    }

    [Theory]
    [InlineData("BZh91AY&SY", "IB2511", "bzip2")]
    [InlineData("]\0\0\0\u0004", "IB2511", "lzma")]
    [InlineData("070707000000", "IB2511", "odc")]
    [InlineData("rubbish here", "IB2510", "neither")]
    [InlineData("", "IB2510", "no archive")]
    public void What_is_not_read_is_refused_by_name(string start, string id, string word)
    {
        var error = Assert.Throws<ImageException>(() => CpioImage.Read(Content.From(Encoding.Latin1.GetBytes(start))));
        Assert.Equal(id, error.Id);
        Assert.Contains(word, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_archive_cut_off_anywhere_is_corrupt()
    {
        var whole = Bytes(Sample());
        for (var length = 1; length < whole.Length - 16; length += 7)
            Assert.Contains("byte ", Assert.Throws<ImageException>(() => CpioImage.Read(Content.From(whole.AsMemory(0, length).ToArray()))).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("../escape")]
    [InlineData("dir/../../escape")]
    public void A_name_that_leads_out_of_the_tree_is_corrupt(string name) => Assert.Equal("IB2513", Refused(Entry(name, 0x81A4, "x") + Entry("TRAILER!!!", 0, "")));

    [Fact]
    public void A_leading_slash_stays_inside_and_a_link_is_not_followed_out_of_the_tree()
    {
        var tree = CpioImage.Read(Content.From(Entry("/absolute", 0x81A4, "x") + Entry("link", 0xA1FF, "/etc") + Entry("TRAILER!!!", 0, ""))).Tree;
        Assert.NotNull(tree.Find("/absolute"));
        Assert.Equal("IB2513", Refused(Entry("link", 0xA1FF, "../../etc") + Entry("link/passwd", 0x81A4, "x") + Entry("TRAILER!!!", 0, "")));
    }

    [Fact]
    public void A_wrong_checksum_is_corrupt() => Assert.Equal("IB2514", Refused(Entry("a", 0x81A4, "x", "070702") + Entry("TRAILER!!!", 0, "")));

    [Fact]
    public void A_decompression_bomb_ends_at_the_cap()
    {
        using var packed = new MemoryStream();
        using (var gzip = new System.IO.Compression.GZipStream(packed, System.IO.Compression.CompressionLevel.Optimal, leaveOpen: true))
            for (var i = 0; i < 64; i++)
                gzip.Write(new byte[1 << 20]);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Equal("IB2104", Assert.Throws<ImageException>(() => CpioImage.Read(Content.From(packed.ToArray()), maxUnpacked: 8 << 20)).Id);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 12 << 20);
    }

    [Fact]
    public void Names_that_imply_many_directories_and_long_targets_cannot_fill_the_memory()
    {
        var deep = string.Concat(Enumerable.Repeat("d/", 250)) + "x";
        Assert.Equal("IB2515", Refused(string.Concat(Enumerable.Range(0, 2100).Select(i => Entry($"{i}/{deep}", 0x81A4, "")))));
        var target = new string('t', 4000);
        Assert.Equal("IB2515", Refused(string.Concat(Enumerable.Range(0, 2000).Select(i => Entry($"{i}/{deep}", 0x81A4, "")).Concat(Enumerable.Range(0, 3000).Select(i => Entry($"l{i}", 0xA1FF, target))))));
    }

    [Fact]
    public void Five_hundred_damaged_archives_end_in_a_tree_or_an_error()
    {
        using var packed = new MemoryStream();
        using (var gzip = new System.IO.Compression.GZipStream(packed, System.IO.Compression.CompressionLevel.Optimal, leaveOpen: true))
            gzip.Write(Bytes(Sample()));
        byte[] valid = [.. Bytes(Sample()), .. new byte[8], .. packed.ToArray()];
        var refused = Mutations.Survive<ImageException>(valid, 500, seed: 70701, memoryCap: 64 << 20, bytes => CpioImage.Read(Content.From(bytes)));
        Assert.InRange(refused, 100, 500);
    }

    private static string Refused(string archive) => Assert.Throws<ImageException>(() => CpioImage.Read(Content.From(archive))).Id;

    private static string Entry(string name, uint mode, string data, string magic = "070701")
    {
        uint[] fields = [1, mode, 0, 0, 1, 0, (uint)data.Length, 0, 0, 0, 0, (uint)name.Length + 1, 0];
        var header = magic + string.Concat(fields.Select(field => field.ToString("x8"))) + name + "\0";
        return header.PadRight((header.Length + 3) & ~3, '\0') + data.PadRight((data.Length + 3) & ~3, '\0');
    }

    private static Tree Sample()
    {
        var tree = new Tree();
        tree.Put("/init", Node.File("#!/bin/sh\n"));
        tree.Put("/dir/file", Node.File("content"));
        tree.Put("/hard", tree.Find("/dir/file")!);
        tree.Put("/lib", Node.Symlink("usr/lib"));
        tree.Put("/usr/lib/x", Node.File(""));
        return tree;
    }

    private static byte[] Bytes(Tree tree)
    {
        using var stream = new MemoryStream();
        CpioWriter.Write(tree, stream, modifiedTime: 0);
        return stream.ToArray();
    }

    private static byte[] Pattern(int length) => [.. Enumerable.Range(0, length).Select(i => (byte)(i * 7 + i / 251))];

    private static TempFolder Input()
    {
        var folder = new TempFolder();
        Directory.CreateDirectory(folder["in/dir/sub"]);
        File.WriteAllText(folder["in/dir/file"], "content");
        File.WriteAllText(folder["in/empty"], "");
        File.CreateSymbolicLink(folder["in/link"], "dir/file");
        Tool.Run("ln", folder["in/dir/file"], folder["in/linked"]);
        Tool.Run("chmod", "4755", folder["in/empty"]);
        return folder;
    }
}
