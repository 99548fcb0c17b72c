using ImageBuilder.Formats.Iso9660;
using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Formats.Tests.Iso9660;

public class IsoFilesTests
{
    [ToolTheory("xorriso", "bsdtar", "find")]
    [InlineData("xorriso", 1000)] // libisofs reads no longer symbolic links
    [InlineData("bsdtar", 4095)]
    public void Files_links_and_modes_come_back_as_they_were(string extractor, int longestTarget)
    {
        var tree = Torture();
        tree.Put("/links/longest", Node.Symlink(string.Concat(Enumerable.Repeat("ab/", 1365))[..(longestTarget - 1)] + "c"));
        using var folder = new TempFolder();
        IsoFixture.Write(folder, tree, IsoFixture.Plain);
        Directory.CreateDirectory(folder["out"]);
        if (extractor == "xorriso")
            Tool.Run("xorriso", "-osirrox", "on", "-indev", folder["image.iso"], "-extract", "/", folder["out"]);
        else
            Tool.Run("bsdtar", "-xpf", folder["image.iso"], "-C", folder["out"]);

        var expected = tree.Walk().Select(entry => entry.Node.Kind switch
        {
            NodeKind.Directory => $"{entry.Path}|d|{Convert.ToString(entry.Node.Mode, 8)}|",
            NodeKind.Symlink => $"{entry.Path}|l|777|{entry.Node.TargetText}",
            _ => $"{entry.Path}|f|{Convert.ToString(entry.Node.Mode, 8)}|{entry.Node.ModifiedTime} {entry.Node.Content.Length}",
        });
        var found = Tool.Run("find", folder["out"], "-mindepth", "1", "-type", "f", "-printf", "/%P|%y|%m|%T@ %s\n", "-o", "-printf", "/%P|%y|%m|%l\n");
        Assert.Equal(expected.Order(StringComparer.Ordinal), found.Replace(".0000000000 ", " ", StringComparison.Ordinal).Split('\n', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal));
        foreach (var (path, node) in tree.Walk().Where(entry => entry.Node.Kind == NodeKind.File))
            Assert.Equal(node.Content.ToArray(), File.ReadAllBytes(folder["out"] + path));
    }

    [ToolFact("xorriso", "bsdtar", "isoinfo")]
    public void A_file_larger_than_4_GiB_keeps_its_size_and_bytes()
    {
        const long length = (4L << 30) + 5000;
        const long section = 0xFFFFF800;
        long[] marks = [0, section - 1, section, length - 1];
        var tree = new Tree();
        tree.Put("/big", Node.File(new MarkedContent(length, marks)));
        tree.Put("/after", Node.File("next file"));
        using var folder = new TempFolder();
        IsoFixture.Write(folder, tree, IsoFixture.Plain);

        Assert.Contains($" {length} ", Tool.Run("bsdtar", "-tvf", folder["image.iso"]).Split('\n').Single(line => line.EndsWith(" big", StringComparison.Ordinal)), StringComparison.Ordinal);
        var extents = Tool.Run("xorriso", "-indev", folder["image.iso"], "-find", "/big", "-exec", "report_lba", "--").Split('\n').Where(line => line.StartsWith("File data lba:", StringComparison.Ordinal)).ToList();
        Assert.Equal(2, extents.Count);
        Assert.All(extents, line => Assert.Contains($" {length} , '/big'", line, StringComparison.Ordinal));
        var listed = Tool.Run("isoinfo", "-R", "-l", "-i", folder["image.iso"]);
        Assert.Contains("big", listed, StringComparison.Ordinal);
        Assert.Equal("next file", Tool.Run("isoinfo", "-R", "-x", "/after", "-i", folder["image.iso"]));

        using var image = File.OpenRead(folder["image.iso"]);
        for (var i = 0; i < extents.Count; i++)
        {
            var fields = extents[i]["File data lba:".Length..].Split(',', StringSplitOptions.TrimEntries);
            var start = long.Parse(fields[1]) * 2048;
            foreach (var mark in marks.Where(mark => mark / section == i))
            {
                image.Position = start + mark - i * section;
                Assert.Equal(0xA5, image.ReadByte());
            }
        }
    }

    [ToolFact("isoinfo")]
    public void Five_thousand_entries_of_one_prefix_have_five_thousand_names()
    {
        var tree = new Tree();
        var prefix = new string('p', 70);
        for (var i = 0; i < 5000; i++)
            tree.Put($"/many/{prefix} {i:D4}.conf", Node.File($"{i}"));
        using var folder = new TempFolder();
        IsoFixture.Write(folder, tree, IsoFixture.Plain);

        foreach (var names in new[] { "-f", "-Jf", "-Rf" })
            Assert.Equal(5000, Tool.Run("isoinfo", names, "-i", folder["image.iso"]).Split('\n', StringSplitOptions.RemoveEmptyEntries).Distinct(StringComparer.Ordinal).Count(line => line.Length > 6));
        Assert.Equal(tree.Find("/many")!.Children.Keys.Select(name => $"/many/{name}"),
            Tool.Run("isoinfo", "-Rf", "-i", folder["image.iso"]).Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(line => line != "/many").Order(StringComparer.Ordinal));
        Assert.Equal("4321", Tool.Run("isoinfo", "-R", "-x", $"/many/{prefix} 4321.conf", "-i", folder["image.iso"]));
    }

    [ToolFact("isoinfo")]
    public void Plain_names_are_upper_case_with_a_version_and_at_most_31_characters()
    {
        var tree = new Tree();
        foreach (var name in new[] { "readme", "README", "ReadMe.", "a.b.c.tar.gz", "grüße.txt", "dir.d/x", "a_very_long_name_that_does_not_fit_at_all.squashfs", "noext", ".hidden" })
            tree.Put("/" + name, Node.File(name));
        using var folder = new TempFolder();
        IsoFixture.Write(folder, tree, IsoFixture.Plain with { RockRidge = false, Joliet = false });

        var names = Tool.Run("isoinfo", "-f", "-i", folder["image.iso"]).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(
            ["/A_B_C_TAR.GZ;1", "/A_VERY_LONG_NAME_THAT_.SQUASHFS;1", "/DIR_D", "/DIR_D/X.;1", "/GR__E.TXT;1".Replace("GR__E", "GR____E", StringComparison.Ordinal), "/NOEXT.;1", "/README.;1", "/README_1.;1", "/README_2.;1", "/_HIDDEN.;1"],
            names.Order(StringComparer.Ordinal));
    }

    [ToolFact("bsdtar")]
    public void Joliet_keeps_unicode_names_up_to_64_characters()
    {
        var tree = new Tree();
        var full = new string('j', 60) + ".txt";
        foreach (var name in new[] { "Grüße 漢字.txt", full, new string('k', 100) + ".conf", "a:b*c?", "smile 🙂" })
            tree.Put("/" + name, Node.File("x"));
        tree.Put("/link", Node.Symlink("nowhere"));
        using var folder = new TempFolder();
        IsoFixture.Write(folder, tree, IsoFixture.Plain);

        var names = Tool.Run("bsdtar", "--options", "!rockridge", "-tf", folder["image.iso"]).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal([".", "Grüße 漢字.txt", "a_b_c_", full, new string('k', 59) + ".conf", "smile _"], names.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void What_ISO_9660_cannot_hold_is_refused_by_name()
    {
        var link = new Tree();
        link.Put("/l", Node.Symlink("x"));
        Assert.Equal("IB2205", Assert.Throws<ImageException>(() => IsoImage.Layout(link, IsoFixture.Plain with { RockRidge = false })).Id);
        var xattr = new Tree();
        var file = Node.File("x");
        file.Xattrs["user.a"] = [1];
        xattr.Put("/f", file);
        Assert.Equal("IB2206", Assert.Throws<ImageException>(() => IsoImage.Layout(xattr, IsoFixture.Plain)).Id);
        Assert.Equal("IB2201", Assert.Throws<ImageException>(() => IsoImage.Layout(new Tree(), IsoFixture.Plain with { VolumeId = new string('x', 33) })).Id);
        var huge = new Tree();
        huge.Put("/f", Node.File(new MarkedContent(9L << 40)));
        Assert.Equal("IB2204", Assert.Throws<ImageException>(() => IsoImage.Layout(huge, IsoFixture.Plain)).Id);
        var large = new Tree();
        large.Put("/f", Node.File(new MarkedContent(3L << 40)));
        IsoImage.Layout(large, IsoFixture.Bootable(HybridLayout.ValidGpt));
        Assert.Equal("IB2204", Assert.Throws<ImageException>(() => IsoImage.Layout(large, IsoFixture.Bootable(HybridLayout.MbrOnly))).Id);
        var taken = new Tree();
        taken.Put("/boot/grub/i386-pc/eltorito.img", Node.File("x"));
        Assert.Equal("IB2207", Assert.Throws<ImageException>(() => IsoImage.Layout(taken, IsoFixture.Bootable())).Id);
    }

    [Fact]
    public void The_same_input_gives_the_same_bytes_and_other_input_others()
    {
        var options = IsoFixture.Bootable(HybridLayout.ValidGpt);
        Assert.Equal(IsoFixture.Bytes(Torture(), options), IsoFixture.Bytes(Torture(), options));
        Assert.NotEqual(IsoFixture.Bytes(Torture(), options), IsoFixture.Bytes(Torture(), options with { Time = IsoFixture.Time.AddSeconds(1) }));
        Assert.NotEqual(IsoFixture.Bytes(Torture(), options), IsoFixture.Bytes(Torture(), options with { VolumeId = "OTHER" }));
    }

    [Fact]
    public void Progress_reaches_the_length_and_a_cancelled_write_stops()
    {
        var image = IsoImage.Layout(IsoFixture.Sample(), IsoFixture.Plain);
        var seen = new List<(long Done, long Total)>();
        image.Write(Stream.Null, (done, total) => seen.Add((done, total)));
        Assert.Equal((image.Length, image.Length), seen[^1]);
        Assert.True(seen.Zip(seen.Skip(1)).All(pair => pair.First.Done <= pair.Second.Done));

        using var cancel = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(() => image.Write(Stream.Null, (_, _) => cancel.Cancel(), cancel.Token));
    }

    [ToolFact("blkid")]
    public void The_UUID_comes_from_the_time_and_the_label_from_the_volume_id()
    {
        using var folder = new TempFolder();
        var image = IsoFixture.Write(folder, IsoFixture.Sample(), IsoFixture.Plain with { VolumeId = "Live 1.0 amd64" });

        var found = Tool.Run("blkid", "-p", "-o", "export", folder["image.iso"]);
        Assert.Contains($"\nUUID={image.Uuid}\n", "\n" + found, StringComparison.Ordinal);
        Assert.Contains("\nLABEL=Live\\ 1.0\\ amd64\n", "\n" + found, StringComparison.Ordinal);
        Assert.Equal("2025-01-02-03-04-05-00", image.Uuid);
    }

    private static Tree Torture()
    {
        var tree = IsoFixture.Sample();
        for (var length = 240; length <= 255; length++)
            tree.Put("/names/" + new string('n', length - 3) + $"{length:D3}", Node.File($"{length}"));
        for (var length = 80; length <= 130; length++) // around the room that a record has for names
            tree.Put("/names/" + new string('m', length), Node.File($"{length}"));
        var deep = "";
        for (var level = 0; level < 15; level++)
            deep += $"/level {level} {new string('d', 100)}";
        tree.Put(deep + "/bottom", Node.File("deep"));
        string[] targets = ["/", ".", "..", "../../x", "/usr/lib", "a/./b/../c", "x", new string('t', 248), new string('t', 249), new string('t', 255),
            string.Join('/', Enumerable.Repeat(new string('c', 200), 4)), string.Concat(Enumerable.Repeat("../", 200)) + "end", string.Concat(Enumerable.Repeat("a/", 200)) + "end"];
        for (var i = 0; i < targets.Length; i++)
            tree.Put($"/links/{i:D2}", Node.Symlink(targets[i]));
        tree.Put("/modes/suid", new Node(NodeKind.File) { Mode = 0b100_111_101_101, Content = Content.From("s") });
        tree.Put("/modes/none", new Node(NodeKind.File) { Mode = 0, Content = Content.From("n") });
        tree.Put("/modes/tmp", new Node(NodeKind.Directory) { Mode = 0b001_111_111_111 });
        foreach (var (_, node) in tree.Walk())
            node.ModifiedTime = 1_700_000_000;
        return tree;
    }
}
