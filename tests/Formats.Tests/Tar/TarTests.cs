using System.Text;
using ImageBuilder.Formats.Tar;
using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Formats.Tests.Tar;

public class TarTests
{
    [Fact]
    public void A_sparse_file_whose_header_name_is_cut_behind_a_slash_is_a_file()
    {
        var folder = new string('a', 92);
        var archive = new RawTar().Add(folder + "/", type: '5').Extended('x', ("GNU.sparse.major", "1"), ("GNU.sparse.minor", "0"), ("GNU.sparse.name", folder + "/m"), ("GNU.sparse.realsize", "3"))
            .Add(folder + "/", data: [.. "1\n0\n3\n"u8, .. new byte[506], .. "abc"u8]);
        Assert.Equal("abc"u8.ToArray(), TarReader.Read(archive.Closed).Find(folder + "/m")!.Content.ToArray());
    }

    private static readonly string LongName = new('n', 200);

    [ToolTheory("tar")]
    [InlineData("gnu")]
    [InlineData("pax")]
    [InlineData("ustar")]
    public void An_archive_of_GNU_tar_reads_as_what_was_packed(string format)
    {
        using var folder = new TempFolder();
        var source = Directory.CreateDirectory(folder["in"]).FullName;
        Directory.CreateDirectory($"{source}/empty");
        File.WriteAllText($"{source}/file", "hello");
        var name = format == "ustar" ? LongName[..90] : LongName;
        File.WriteAllText($"{source}/{name}", "long");
        File.CreateSymbolicLink($"{source}/link", "file");
        Tool.Run("ln", $"{source}/file", $"{source}/hard");
        Tool.Run("mkfifo", "-m", "640", $"{source}/pipe");
        Tool.Run("touch", "-d", "@1600000000", $"{source}/file");
        Tool.Run("tar", $"--format={format}", "-C", source, "-cf", folder["a.tar"], ".");

        var tree = Read(folder["a.tar"]);

        Assert.Equal(["empty", "file", "hard", "link", name, "pipe"], tree.Root.Children.Keys.Select(key => key.ToString()));
        Assert.Same(tree.Find("file"), tree.Find("hard"));
        Assert.Equal("hello", Text(tree, "file"));
        Assert.Equal("long", Text(tree, name));
        Assert.Equal("file", tree.Find("link")!.TargetText);
        Assert.Equal(1_600_000_000, tree.Find("file")!.ModifiedTime);
        Assert.Equal((NodeKind.Fifo, Convert.ToUInt16("640", 8)), (tree.Find("pipe")!.Kind, tree.Find("pipe")!.Mode));
    }

    [ToolTheory("tar", "truncate")]
    [InlineData("--format=gnu")]
    [InlineData("--format=pax", "--sparse-version=0.0")]
    [InlineData("--format=pax", "--sparse-version=0.1")]
    [InlineData("--format=pax", "--sparse-version=1.0")]
    public void A_sparse_file_reads_with_its_holes_as_zeros(params string[] format)
    {
        using var folder = new TempFolder();
        var expected = new byte[40 * 65536 + 17];
        using (var file = File.Create(folder["sparse"]))
        {
            file.SetLength(expected.Length);
            for (var i = 0; i < 40; i += 2) // more stretches than fit one old GNU header
            {
                var data = Encoding.ASCII.GetBytes($"stretch {i}");
                file.Position = i * 65536;
                file.Write(data);
                data.CopyTo(expected, i * 65536);
            }
        }
        Tool.Run("tar", [.. format, "--sparse", "-C", folder.Path, "-cf", folder["a.tar"], "sparse"]);
        Assert.True(new FileInfo(folder["a.tar"]).Length < expected.Length / 2, "GNU tar did not store the file sparsely");

        var content = Read(folder["a.tar"]).Find("sparse")!.Content;

        Assert.Equal(expected, content.ToArray());
        var part = new byte[70_000];
        content.Read(65_000, part);
        Assert.Equal(expected[65_000..135_000], part);
    }

    [ToolFact("tar")]
    public void What_the_writer_makes_GNU_tar_lists_and_the_reader_reads_back()
    {
        var tree = Sample();
        using var folder = new TempFolder();
        using (var output = File.Create(folder["a.tar"]))
            TarWriter.Write(tree, output);

        var listing = Tool.Run("tar", "--numeric-owner", "-tvf", folder["a.tar"]);
        Assert.Contains("drwxr-xr-x 0/0", listing);
        Assert.Contains("-rw-r--r-- 4000000000/7", listing);
        Assert.Contains("link to ./dir/big", listing);
        Assert.Matches("crw-r--r-- 0/0 +0,0", listing);
        Assert.Contains(LongName, listing);
        Assert.Equal(Describe(tree), Describe(Read(folder["a.tar"])));
    }

    [ToolFact("bsdtar")]
    public void Libarchive_reads_attributes_as_written()
    {
        using var folder = new TempFolder();
        using (var output = File.Create(folder["a.tar"]))
            TarWriter.Write(Sample(), output);
        // Through bsdtar and back: what survives was understood.
        Tool.Run("bsdtar", "--format=pax", "-cf", folder["b.tar"], "@" + folder["a.tar"]);

        Assert.Equal(Describe(Sample()), Describe(Read(folder["b.tar"])));
    }

    [Fact]
    public void A_member_whose_name_climbs_out_is_refused()
    {
        var error = Assert.Throws<ImageException>(() => TarReader.Read(Content.From(Member("a/../../etc/passwd", '0'))));
        Assert.Equal(("IB2303", ImageErrorKind.Corrupt), (error.Id, error.Kind));
    }

    [Fact]
    public void An_absolute_name_lands_inside_the_tree() =>
        Assert.NotNull(TarReader.Read(Content.From(Closed(Member("/etc/passwd", '0')))).Find("/etc/passwd"));

    [Fact]
    public void A_member_below_a_symbolic_link_is_refused_not_followed()
    {
        byte[] archive = [.. Member("etc", '2', link: "/outside"), .. Member("etc/passwd", '0')];
        Assert.Equal("IB2301", Assert.Throws<ImageException>(() => TarReader.Read(Content.From(archive))).Id);
    }

    [Theory]
    [InlineData(100, "zzz")] // mode
    [InlineData(124, "zzz")] // size
    public void A_header_with_a_number_that_is_none_is_corrupt(int offset, string text)
    {
        var archive = Member("file", '0');
        Encoding.ASCII.GetBytes(text).CopyTo(archive, offset);
        FixChecksum(archive);
        Assert.Equal("IB2301", Assert.Throws<ImageException>(() => TarReader.Read(Content.From(archive))).Id);
    }

    [Theory]
    [InlineData("uid=-1")]
    [InlineData("gid=4294967296")]
    [InlineData("size=-5")]
    public void An_extended_header_with_an_impossible_number_is_corrupt(string record) =>
        Assert.Equal("IB2301", Assert.Throws<ImageException>(() => TarReader.Read(Content.From(Extended(record)))).Id);

    [Fact]
    public void A_time_that_no_tree_can_hold_is_that_of_the_plain_header() =>
        Assert.Equal(0, TarReader.Read(Content.From(Closed(Extended("mtime=1e25")))).Find("file")!.ModifiedTime);

    [Fact]
    public void Every_cut_of_an_archive_reads_or_is_corrupt_but_never_crashes()
    {
        var whole = new MemoryStream();
        TarWriter.Write(Sample(), whole);
        var bytes = whole.ToArray();
        for (var length = 0; length < bytes.Length; length += 97)
        {
            try
            {
                TarReader.Read(Content.From(bytes.AsMemory(0, length)));
            }
            catch (ImageException error)
            {
                Assert.Equal(ImageErrorKind.Corrupt, error.Kind);
            }
        }
    }

    [Fact]
    public void An_archive_cut_off_between_two_members_is_corrupt_and_not_half_a_tree()
    {
        foreach (var archive in (byte[][])[[], Member("first", '0')])
            Assert.Equal("IB2301", Assert.Throws<ImageException>(() => TarReader.Read(Content.From(archive))).Id);
        Assert.NotNull(TarReader.Read(Content.From(Closed(Member("first", '0')))).Find("first"));
    }

    [Theory]
    [InlineData("gzip", "1F8B08")]
    [InlineData("xz", "FD377A585A00")]
    [InlineData("zstd", "28B52FFD")]
    [InlineData("bzip2", "425A68")]
    public void A_compressed_archive_is_called_by_its_compressor(string name, string start)
    {
        var error = Assert.Throws<ImageException>(() => TarReader.Read(Content.From(Convert.FromHexString(start))));
        Assert.Equal("IB2305", error.Id);
        Assert.Contains(name, error.Message);
    }

    [Theory]
    [InlineData("uid=-5")]
    [InlineData("gid=99999999999")]
    [InlineData("size=-1")]
    [InlineData("size=9223372036854775807")]
    public void A_number_out_of_range_in_an_extended_header_is_corrupt(string record) =>
        Assert.Equal("IB2301", Assert.Throws<ImageException>(() => TarReader.Read(Content.From(WithRecord(record)))).Id);

    private static byte[] WithRecord(string record)
    {
        var length = record.Length + 4; // two digits, a space and a line end
        var data = new byte[512];
        Encoding.ASCII.GetBytes($"{length} {record}\n").CopyTo(data, 0);
        var header = Member("extended", 'x');
        Encoding.ASCII.GetBytes(Convert.ToString(length, 8).PadLeft(11, '0')).CopyTo(header, 124);
        FixChecksum(header);
        return Closed([.. header, .. data, .. Member("file", '0')]);
    }

    private static byte[] Closed(byte[] members) => [.. members, .. new byte[1024]];

    private static Tree Sample()
    {
        var tree = new Tree();
        tree.Root.ModifiedTime = 5;
        var big = Node.File(new string('x', 100_000));
        (big.Uid, big.Gid, big.ModifiedTime) = (4_000_000_000, 7, -3);
        big.Xattrs["user.note"] = [1, 0, 10, 255];
        tree.Put("/dir/big", big);
        tree.Put("/dir/other-name", big);
        tree.Put($"/dir/{LongName}", Node.Symlink(new string('t', 150)));
        tree.Put("/dir/whiteout", Node.Device(NodeKind.CharacterDevice, 0, 0));
        tree.EnsureDirectory("/dir").Children[EntryName.From([0xFF, 0xFE])] = Node.File("odd");
        return tree;
    }

    private static IEnumerable<string> Describe(Tree tree) => tree.Walk().Select(entry =>
    {
        var (path, node) = entry;
        var xattrs = node.HasXattrs ? string.Join(',', node.Xattrs.Select(x => $"{x.Key}={Convert.ToHexString(x.Value)}")) : "";
        var content = node.Kind == NodeKind.File ? Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(node.Content.ToArray())) : "";
        return $"{path} {node.Kind} {node.Mode:x} {node.Uid}:{node.Gid} {node.ModifiedTime} {node.TargetText} {node.DeviceMajor}:{node.DeviceMinor} {xattrs} {content}";
    });

    /// <summary>A member behind a pax header with one record.</summary>
    private static byte[] Extended(string record)
    {
        var text = $"{record.Length + 4} {record}\n"; // two digits, blank, line feed
        var header = Member("x", 'x');
        Encoding.ASCII.GetBytes(Convert.ToString(text.Length, 8).PadLeft(11, '0') + "\0").CopyTo(header, 124);
        FixChecksum(header);
        var data = new byte[512];
        Encoding.ASCII.GetBytes(text).CopyTo(data, 0);
        return [.. header, .. data, .. Member("file", '0')];
    }

    private static byte[] Member(string name, char type, string link = "")
    {
        var header = new byte[512];
        Encoding.ASCII.GetBytes(name).CopyTo(header, 0);
        Encoding.ASCII.GetBytes("0000644\0").CopyTo(header, 100);
        Encoding.ASCII.GetBytes("00000000000\0").CopyTo(header, 124);
        header[156] = (byte)type;
        Encoding.ASCII.GetBytes(link).CopyTo(header, 157);
        Encoding.ASCII.GetBytes("ustar\0" + "00").CopyTo(header, 257);
        FixChecksum(header);
        return header;
    }

    private static void FixChecksum(byte[] header)
    {
        header.AsSpan(148, 8).Fill((byte)' ');
        Encoding.ASCII.GetBytes(Convert.ToString(header.Take(512).Sum(b => b), 8).PadLeft(6, '0') + "\0 ").CopyTo(header, 148);
    }

    private static string Text(Tree tree, string path) => Encoding.UTF8.GetString(tree.Find(path)!.Content.ToArray());

    private static Tree Read(string path) => TarReader.Read(Content.From(File.ReadAllBytes(path)));
}
