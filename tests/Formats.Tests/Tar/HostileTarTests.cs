using System.Text;
using ImageBuilder.Formats.Tar;
using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Formats.Tests.Tar;

/// <summary>Archives that want to do harm: each ends in one clear error or has the safe meaning that TarReader documents.</summary>
public class HostileTarTests
{
    [Theory]
    [InlineData("../etc/passwd")]
    [InlineData("a/../../etc/passwd")]
    [InlineData("a/..")]
    [InlineData("..")]
    [InlineData("/../etc/passwd")]
    public void A_name_that_climbs_is_refused_wherever_it_leads(string name) => AssertRefused("IB2303", new RawTar().Add(name), name);

    [Fact]
    public void A_hard_link_that_climbs_is_refused() => AssertRefused("IB2303", new RawTar().Add("link", '1', "../../etc/shadow"), "'..'");

    [Fact]
    public void Absolute_names_and_hard_links_stay_inside_the_tree()
    {
        var tree = TarReader.Read(new RawTar().Add("/etc/passwd", data: "x"u8.ToArray()).Add("/copy", '1', "/etc/passwd").Closed);
        Assert.Same(tree.Find("etc/passwd"), tree.Find("copy"));
    }

    [Fact]
    public void Symbolic_links_are_kept_as_text_wherever_they_point_and_resolve_inside_the_tree()
    {
        var tree = TarReader.Read(new RawTar().Add("up", '2', "../../../../etc/shadow").Add("absolute", '2', "/etc/shadow").Add("etc", '5').Add("etc/shadow", data: "inside"u8.ToArray()).Closed);
        Assert.Equal("../../../../etc/shadow", tree.Find("up")!.TargetText);
        Assert.Same(tree.Find("etc/shadow"), tree.Resolve("up"));
        Assert.Same(tree.Find("etc/shadow"), tree.Resolve("absolute"));
    }

    [Fact]
    public void A_member_through_a_symbolic_link_is_refused() => AssertRefused("IB2301", new RawTar().Add("lib", '2', "/outside").Add("lib/evil"), "lies below 'lib', which is not a directory");

    [Fact]
    public void Symbolic_links_in_a_circle_resolve_to_nothing()
    {
        var tree = TarReader.Read(new RawTar().Add("a", '2', "b").Add("b", '2', "a").Closed);
        Assert.Null(tree.Resolve("a"));
    }

    [Theory]
    [InlineData("missing")]
    [InlineData("link")] // itself
    [InlineData("second")] // one another
    public void A_hard_link_that_leads_to_no_file_is_refused(string target) =>
        AssertRefused("IB2301", new RawTar().Add("link", '1', target).Add("second", '1', "link"), "which is not in the archive");

    /// <summary>Taken for a record that is not there, the header's size would count, and what other programs see as data would be members.</summary>
    [Theory]
    [InlineData("size", "99999999999999999999")]
    [InlineData("size", "0x10")]
    [InlineData("uid", "root")]
    [InlineData("gid", "1.5")]
    public void A_record_that_should_be_a_number_and_is_none_is_refused(string key, string value)
    {
        AssertRefused("IB2301", new RawTar().Extended('x', (key, value)).Add("x"), $"header's {key} '{value}'");
        AssertRefused("IB2301", new RawTar().Extended('g', (key, value)).Add("x"), $"header's {key} '{value}'");
        Assert.NotNull(TarReader.Read(new RawTar().Extended('x', (key, "")).Add("x").Closed).Find("x")); // POSIX: an empty value takes a record back
    }

    [Fact]
    public void A_hard_link_to_a_directory_is_refused() => AssertRefused("IB2301", new RawTar().Add("folder", '5').Add("folder/loop", '1', "folder"), "names a directory");

    [Fact]
    public void A_hard_link_may_stand_before_what_it_names() =>
        Assert.Equal("x", Text(TarReader.Read(new RawTar().Add("link", '1', "file").Add("file", data: "x"u8.ToArray()).Closed), "link"));

    [Fact]
    public void Of_two_members_of_one_name_the_later_one_counts_and_a_hard_link_keeps_what_it_was_made_of()
    {
        var tree = TarReader.Read(new RawTar().Add("file", data: "old"u8.ToArray()).Add("link", '1', "file").Add("file", data: "new"u8.ToArray()).Closed);
        Assert.Equal(("new", "old"), (Text(tree, "file"), Text(tree, "link")));
        tree = TarReader.Read(new RawTar().Add("file", data: "old"u8.ToArray()).Add("link", '1', "file").Add("link", data: "own"u8.ToArray()).Closed);
        Assert.Equal(("old", "own"), (Text(tree, "file"), Text(tree, "link")));
    }

    [Fact]
    public void A_member_may_change_its_type_and_a_directory_that_comes_twice_keeps_its_children()
    {
        var tree = TarReader.Read(new RawTar().Add("a", '5').Add("a/x").Add("a", '5', change: header => header[104] = (byte)'1').Add("b", '5').Add("b/y").Add("b", data: "now a file"u8.ToArray()).Closed);
        Assert.NotNull(tree.Find("a/x"));
        Assert.Equal(NodeKind.File, tree.Find("b")!.Kind);
    }

    [Fact]
    public void Names_keep_line_feeds_and_bytes_that_are_no_UTF_8()
    {
        byte[] odd = [0xFF, 0xFE, (byte)'\n', 0x1B, (byte)'['];
        var tree = TarReader.Read(new RawTar().Add(odd).Add("two\nlines").Closed);
        Assert.Contains(EntryName.From(odd), tree.Root.Children.Keys);
        Assert.Contains(EntryName.From("two\nlines"), tree.Root.Children.Keys);
        Assert.Equal("\\xff\\xfe\\x0a\\x1b[", EntryName.From(odd).ToString());
    }

    [Fact]
    public void A_name_with_NUL_or_of_more_than_255_bytes_is_refused()
    {
        AssertRefused("IB2001", new RawTar().Extended('x', ("path", "a\0b")).Add("x"), "\\x00");
        AssertRefused("IB2001", new RawTar().Extended('x', ("path", new string('n', 256))).Add("x"), "255 bytes");
    }

    [Fact]
    public void A_path_deeper_than_Linux_can_name_is_refused() =>
        AssertRefused("IB2304", new RawTar().Extended('x', ("path", string.Concat(Enumerable.Repeat("d/", 3000)))).Add("x"), "6000 bytes");

    [Theory]
    [InlineData(1L << 20)]
    [InlineData(077777777777L)]
    public void A_size_beyond_the_archive_is_refused_before_anything_is_allocated(long size) => AssertRefused("IB2301", new RawTar().Add("big", size: size), "passes the end");

    [Fact]
    public void A_base_256_size_beyond_every_file_is_refused() =>
        AssertRefused("IB2301", new RawTar().Add("big", change: header => { header.AsSpan(124, 12).Fill(0x7F); header[124] = 0x80; }), "number too large");

    [Fact]
    public void A_pax_bomb_is_stopped_at_its_announcement()
    {
        AssertRefused("IB2304", new RawTar().Add("pax", 'x', size: 17 << 20), "at most");
        AssertRefused("IB2304", new RawTar().Add("pax", 'L', size: 17 << 20), "at most");
        var many = new RawTar();
        for (var i = 0; i < 18; i++)
            many.Add("pax", 'x', data: Encoding.ASCII.GetBytes($"{1 << 20} comment={new string('c', (1 << 20) - 17)}\n"));
        AssertRefused("IB2304", many.Add("file"), "at most");
    }

    [Fact]
    public void Global_attributes_cannot_be_multiplied_by_the_number_of_members()
    {
        AssertRefused("IB2304", new RawTar().Add("pax", 'g', size: 65 << 10), "at most");
        var archive = new RawTar().Extended('g', [.. Enumerable.Range(0, 1500).Select(i => ($"SCHILY.xattr.user.a{i}", "v"))]);
        for (var i = 0; i < 5000; i++)
            archive.Add($"f{i}");
        AssertRefused("IB2304", archive, "extended attributes of all members");
    }

    [Fact]
    public void Names_that_imply_thousands_of_directories_cannot_fill_the_memory()
    {
        var archive = new RawTar();
        for (var i = 0; i < 260; i++)
            archive.Extended('x', ("path", $"{i}/{string.Concat(Enumerable.Repeat("d/", 2040))}x")).Add("x");
        AssertRefused("IB2304", archive, "brings the names");
    }

    [Fact]
    public void Link_targets_and_sparse_maps_of_all_members_together_are_capped()
    {
        var map = new byte[4_000_256];
        Encoding.ASCII.GetBytes("1000000\n" + string.Concat(Enumerable.Repeat("0\n0\n", 1_000_000))).CopyTo(map, 0);
        var archive = new RawTar();
        for (var i = 0; i < 11; i++)
            archive.Extended('x', ("GNU.sparse.major", "1"), ("GNU.sparse.realsize", "5")).Add($"s{i}", data: map);
        Assert.Equal(11, TarReader.Read(archive.Closed).Root.Children.Count);
        for (var i = 0; i < 1500; i++)
            archive.Extended('x', ("linkpath", new string('t', 4000))).Add($"l{i}", '2');
        AssertRefused("IB2304", archive, "link targets");
    }

    [Fact]
    public void An_old_sparse_map_does_not_grow_without_end()
    {
        var blocks = new byte[512 * 60_000];
        for (var at = 0; at < blocks.Length; at += 512)
        {
            blocks.AsSpan(at, 504).Fill((byte)'0');
            blocks[at + 504] = 1;
        }
        AssertRefused("IB2301", new RawTar().Add("s", 'S', data: blocks, change: header => header[482] = 1), "more than 1048576 entries");
    }

    [Fact]
    public void The_stretches_of_a_sparse_file_are_found_one_after_the_other_however_many_there_are()
    {
        const int Count = 200_000;
        var map = new StringBuilder($"{2 * Count}\n");
        for (var i = 0; i < Count; i++)
            map.Append($"{3 * i + 1}\n1\n{3 * i + 2}\n0\n");
        var text = Encoding.ASCII.GetBytes(map.ToString());
        var data = new byte[(text.Length + 511) / 512 * 512 + Count];
        text.CopyTo(data, 0);
        data.AsSpan(data.Length - Count).Fill((byte)'x');
        var content = TarReader.Read(new RawTar().Extended('x', ("GNU.sparse.major", "1"), ("GNU.sparse.realsize", $"{3 * Count}")).Add("s", data: data).Closed).Find("s")!.Content;
        var watch = System.Diagnostics.Stopwatch.StartNew();
        var found = 0;
        for (var (start, end) = content.DataFrom(0); start < end; (start, end) = content.DataFrom(end))
            Assert.Equal((3L * found + 1, 3L * found++ + 2), (start, end));
        Assert.Equal(Count, found);
        Assert.Equal((7, 8), content.DataFrom(5));
        Assert.InRange(watch.Elapsed.TotalSeconds, 0, 5);
        Assert.Equal("\0x\0\0x\0", Encoding.ASCII.GetString(content.ToArray()[..6]));
    }

    [Fact]
    public void A_sparse_file_larger_than_any_file_system_holds_is_refused() =>
        AssertRefused("IB2301", new RawTar().Extended('x', ("GNU.sparse.major", "1"), ("GNU.sparse.minor", "0"), ("GNU.sparse.realsize", $"{long.MaxValue}")).Add("bomb", data: [.. "0\n"u8, .. new byte[510]]), "map is wrong");

    [Theory]
    [InlineData("1048577\n")] // more stretches than are read
    [InlineData("2\n0\n5\n")] // the map ends early
    [InlineData("1\n0\n600\n")] // more data than there is
    [InlineData("-1\n")]
    [InlineData("\n")]
    [InlineData("99999999999999999999\n")]
    public void A_sparse_map_that_is_not_what_it_says_is_refused(string map)
    {
        var data = new byte[512];
        Encoding.ASCII.GetBytes(map).CopyTo(data, 0);
        AssertRefused("IB2301", new RawTar().Extended('x', ("GNU.sparse.major", "1"), ("GNU.sparse.realsize", "1000")).Add("bomb", data: data), "sparse file's map");
    }

    [Fact]
    public void A_sparse_map_without_a_line_end_is_given_up_at_once()
    {
        var data = new byte[32 << 20];
        data.AsSpan().Fill((byte)'1');
        var archive = new RawTar().Extended('x', ("GNU.sparse.major", "1"), ("GNU.sparse.realsize", "1000")).Add("bomb", data: data).Closed;
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Equal("IB2301", Assert.Throws<ImageException>(() => TarReader.Read(archive)).Id);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    [Fact]
    public void Device_nodes_are_kept_as_they_are_and_numbers_out_of_range_refused()
    {
        var tree = TarReader.Read(new RawTar().Add("disk", '4', change: header => { Encoding.ASCII.GetBytes("0000010\0").CopyTo(header, 329); Encoding.ASCII.GetBytes("0000001\0").CopyTo(header, 337); }).Closed);
        Assert.Equal((NodeKind.BlockDevice, 8u, 1u), (tree.Find("disk")!.Kind, tree.Find("disk")!.DeviceMajor, tree.Find("disk")!.DeviceMinor));
        AssertRefused("IB2301", new RawTar().Add("disk", '4', change: header => { header.AsSpan(329, 8).Fill(0xFF); }), "device number");
    }

    [Fact]
    public void A_type_that_is_not_known_is_refused_by_name() => AssertRefused("IB2302", new RawTar().Add("odd", 'V'), "type 'V'");

    [Fact]
    public void Five_hundred_damaged_archives_are_read_or_refused_in_time_and_within_memory()
    {
        var sample = Sample();
        var random = new Random(20260101);
        for (var run = 0; run < 500; run++)
        {
            var bytes = (byte[])sample.Clone();
            for (var change = random.Next(1, 12); change > 0; change--)
                Damage(bytes, random);
            if (run % 3 != 0)
                MendChecksums(bytes);
            var archive = bytes.AsMemory(0, run % 5 == 0 ? random.Next(bytes.Length) : bytes.Length);
            var before = GC.GetAllocatedBytesForCurrentThread();
            var took = Read(archive);
            Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 64 << 20, $"run {run} allocated {GC.GetAllocatedBytesForCurrentThread() - before} bytes");
            // One that is late once may have met a busy machine; it is late again when it is the archive's doing.
            Assert.True(took.TotalSeconds < 1 || Read(archive).TotalSeconds < 1, $"run {run} took {took}");
        }
    }

    /// <summary>Reads what an archive may hold, refusing included; how long that took.</summary>
    private static TimeSpan Read(ReadOnlyMemory<byte> archive)
    {
        var watch = System.Diagnostics.Stopwatch.StartNew();
        try
        {
            var tree = TarReader.Read(Content.From(archive));
            var buffer = new byte[1 << 16];
            foreach (var (_, node) in tree.Walk().Where(entry => entry.Node.Kind == NodeKind.File))
            {
                var length = (int)Math.Min(buffer.Length, node.Content.Length);
                node.Content.Read(0, buffer.AsSpan(0, length));
                node.Content.Read(node.Content.Length - length, buffer.AsSpan(0, length));
            }
        }
        catch (ImageException error)
        {
            Assert.Matches("^IB2[0-9]{3}$", error.Id);
        }
        return watch.Elapsed;
    }

    /// <summary>Something of everything that tars can hold.</summary>
    private static byte[] Sample()
    {
        var content = new RawTar()
            .Extended('g', ("comment", "all of it"), ("SCHILY.xattr.user.global", "x"))
            .Add("folder", '5').Add("folder/file", data: Encoding.ASCII.GetBytes(new string('f', 700))).Add("folder/hard", '1', "folder/file").Add("link", '2', "folder/file")
            .Extended('x', ("path", "folder/" + new string('n', 200)), ("mtime", "1700000000.5"), ("uid", "4000000000"), ("SCHILY.xattr.security.capability", "abc")).Add("short", data: [1, 2, 3])
            .Add("././@LongLink", 'L', data: Encoding.ASCII.GetBytes("folder/" + new string('l', 150) + "\0")).Add("cut")
            .Extended('x', ("GNU.sparse.major", "1"), ("GNU.sparse.minor", "0"), ("GNU.sparse.name", "sparse"), ("GNU.sparse.realsize", "100000")).Add("GNUSparse", data: [.. Encoding.ASCII.GetBytes("2\n0\n3\n99990\n10\n").Concat(new byte[494]), .. "abc0123456789"u8])
            .Extended('x', ("GNU.sparse.size", "5000"), ("GNU.sparse.map", "0,2,4000,3")).Add("sparse-0.1", data: "ab123"u8.ToArray())
            .Add("old-sparse", 'S', data: "abcd"u8.ToArray(), change: header =>
            {
                Encoding.ASCII.GetBytes("00000000100\0" + "00000000004\0").CopyTo(header, 386);
                Encoding.ASCII.GetBytes("00000010000\0").CopyTo(header, 483);
                "ustar  \0"u8.CopyTo(header.AsSpan(257));
            })
            .Add("null", '3').Add("pipe", '6').Add("early", '1', "late").Add("late", data: "late"u8.ToArray()).Closed;
        return content.ToArray();
    }

    private static void Damage(byte[] bytes, Random random)
    {
        var at = random.Next(bytes.Length);
        switch (random.Next(5))
        {
            case 0:
                bytes[at] ^= (byte)(1 << random.Next(8));
                break;
            case 1:
                bytes[at] = (byte)random.Next(256);
                break;
            case 2: // digits decide sizes, offsets and counts
                for (var i = at; i < bytes.Length; i++)
                    if (char.IsAsciiDigit((char)bytes[i]))
                    {
                        bytes[i] = (byte)('0' + random.Next(10));
                        break;
                    }
                break;
            case 3:
                bytes.AsSpan(at, Math.Min(random.Next(16), bytes.Length - at)).Fill(0xFF);
                break;
            default: // a block takes the place of another
                bytes.AsSpan(at / 512 * 512, 512).ToArray().CopyTo(bytes, random.Next(bytes.Length / 512) * 512);
                break;
        }
    }

    /// <summary>Without this most damage would go no further than the checksum.</summary>
    private static void MendChecksums(byte[] bytes)
    {
        for (var at = 0; at < bytes.Length; at += 512)
        {
            var block = bytes.AsSpan(at, 512);
            if (!block[257..262].SequenceEqual("ustar"u8))
                continue;
            block[148..156].Fill((byte)' ');
            var sum = 0;
            foreach (var b in block)
                sum += b;
            Encoding.ASCII.GetBytes(Convert.ToString(sum, 8).PadLeft(6, '0') + "\0 ").CopyTo(block[148..]);
        }
    }

    private static void AssertRefused(string id, RawTar archive, string words)
    {
        var error = Assert.Throws<ImageException>(() => TarReader.Read(archive.Closed));
        Assert.Equal(id, error.Id);
        Assert.Contains(words, error.Message);
    }

    private static string Text(Tree tree, string path) => Encoding.UTF8.GetString(tree.Find(path)!.Content.ToArray());
}
