using System.Text;
using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Formats.Tests.Iso9660;

public class RockRidgeTests
{
    [ToolFact("xorriso", "bsdtar")]
    public void Devices_owners_and_special_files_are_listed()
    {
        var tree = new Tree();
        tree.Put("/null", Node.Device(NodeKind.CharacterDevice, 1, 3));
        tree.Put("/sda", Node.Device(NodeKind.BlockDevice, 8, 0));
        tree.Put("/nvme", Node.Device(NodeKind.BlockDevice, 259, 5));
        tree.Put("/whiteout", Node.Device(NodeKind.CharacterDevice, 0, 0));
        tree.Put("/fifo", new Node(NodeKind.Fifo) { Mode = 0b110_100_000 });
        tree.Put("/socket", new Node(NodeKind.Socket));
        tree.Put("/mine", new Node(NodeKind.File) { Uid = 1000, Gid = 70000, Content = Content.From("x") });
        using var folder = new TempFolder();
        IsoFixture.Write(folder, tree, IsoFixture.Plain);

        var lines = Tool.Run("xorriso", "-indev", folder["image.iso"], "-lsl", "/").Split('\n');
        Assert.StartsWith("crw-r--r--", Line("null"), StringComparison.Ordinal);
        Assert.StartsWith("brw-r--r--", Line("sda"), StringComparison.Ordinal);
        Assert.StartsWith("prw-r-----", Line("fifo"), StringComparison.Ordinal);
        Assert.StartsWith("srw-r--r--", Line("socket"), StringComparison.Ordinal);
        Assert.Matches(@"1000\s+70000\s+1 ", Line("mine"));
        var listed = Tool.Run("bsdtar", "-tvf", folder["image.iso"]);
        Assert.Matches(@"crw-r--r--.* 1,3 .* null\n", listed);
        Assert.Matches(@"brw-r--r--.* 8,0 .* sda\n", listed);
        Assert.Matches(@"crw-r--r--.* 0,0 .* whiteout\n", listed);

        string Line(string name) => lines.Single(line => line.EndsWith($"'{name}'", StringComparison.Ordinal));
    }

    [ToolFact("xorriso", "bsdtar")]
    public void Hard_links_share_their_bytes_and_their_serial_number()
    {
        var node = Node.File(Content.From(IsoFixture.Pattern(50_000)));
        var tree = new Tree();
        tree.Put("/a", node);
        tree.Put("/d/b", node);
        tree.Put("/other", Node.File("x"));
        using var folder = new TempFolder();
        IsoFixture.Write(folder, tree, IsoFixture.Plain);

        var places = Tool.Run("xorriso", "-indev", folder["image.iso"], "-find", "/", "-type", "f", "-exec", "report_lba", "--").Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Where(line => line.Contains("'/a'", StringComparison.Ordinal) || line.Contains("'/d/b'", StringComparison.Ordinal)).Select(line => line.Split(',')[1]).ToList();
        Assert.Equal(2, places.Count);
        Assert.Equal(places[0], places[1]);
        Directory.CreateDirectory(folder["out"]);
        Tool.Run("bsdtar", "-xf", folder["image.iso"], "-C", folder["out"]);
        Assert.Single(Tool.Run("stat", "-c", "%i %h", folder["out"] + "/a", folder["out"] + "/d/b").Split('\n', StringSplitOptions.RemoveEmptyEntries).Distinct());
        Assert.Contains(" 2 ", Tool.Run("stat", "-c", " %h ", folder["out"] + "/a"), StringComparison.Ordinal);
        var bytes = IsoFixture.Bytes(tree, IsoFixture.Plain);
        var records = Records(bytes);
        Assert.Equal(Px(bytes, records["A.;1"]), Px(bytes, records["B.;1"]));
        Assert.NotEqual(Px(bytes, records["A.;1"]).Serial, Px(bytes, records["OTHER.;1"]).Serial);
        Assert.Equal(2u, Px(bytes, records["A.;1"]).Links);
        Assert.Equal(2u, Px(bytes, records["D"]).Links);
    }

    [ToolFact("xorriso")]
    public void Names_are_bytes_and_need_not_be_UTF8()
    {
        var tree = new Tree();
        byte[] name = [.. "caf"u8, 0xE9, .. " "u8, 0xFF, 0xFE];
        tree.Root.Children[EntryName.From(name)] = Node.File("latin");
        using var folder = new TempFolder();
        IsoFixture.Write(folder, tree, IsoFixture.Plain);

        Directory.CreateDirectory(folder["out"]);
        Tool.Run("xorriso", "-osirrox", "on", "-indev", folder["image.iso"], "-extract", "/", folder["out"]);
        Assert.Equal(Convert.ToHexString(name), Tool.Run("sh", "-c", $"cd {folder["out"]} && ls | od -An -tx1 | tr -d ' \\n'").ToUpperInvariant()[..^2]);
    }

    [Fact]
    public void The_root_announces_Rock_Ridge_and_PX_has_the_length_that_goes_with_it()
    {
        var bytes = IsoFixture.Bytes(IsoFixture.Sample(), IsoFixture.Plain);
        var root = BitConverter.ToInt32(bytes, 16 * 2048 + 156 + 2) * 2048;
        var entries = Entries(bytes, root).ToList();

        Assert.Equal(["SP", "PX", "TF", "CE", "ER"], entries.Select(entry => Encoding.ASCII.GetString(bytes, entry, 2)));
        Assert.Equal([7, 1, 0xBE, 0xEF, 0], bytes[(entries[0] + 2)..(entries[0] + 7)]);
        Assert.Equal("IEEE_1282", Encoding.ASCII.GetString(bytes, entries[4] + 8, bytes[entries[4] + 4]));
        Assert.Equal(44, bytes[entries[1] + 2]);
    }

    [Fact]
    public void No_continuation_area_crosses_a_block_and_chains_hold_everything()
    {
        var tree = new Tree();
        var target = string.Concat(Enumerable.Repeat("0123456789/", 372))[..4090];
        for (var i = 0; i < 40; i++)
            tree.Put($"/{i:D3}{new string('n', 252)}", Node.Symlink(target));
        var bytes = IsoFixture.Bytes(tree, IsoFixture.Plain);
        var areas = new List<(int Start, int Length)>();
        foreach (var (name, at) in Records(bytes))
        {
            var text = new StringBuilder();
            foreach (var entry in Entries(bytes, at))
            {
                var signature = Encoding.ASCII.GetString(bytes, entry, 2);
                if (signature == "NM")
                    text.Append(Encoding.ASCII.GetString(bytes, entry + 5, bytes[entry + 2] - 5));
                if (signature != "CE")
                    continue;
                var (block, offset, length) = (BitConverter.ToInt32(bytes, entry + 4), BitConverter.ToInt32(bytes, entry + 12), BitConverter.ToInt32(bytes, entry + 20));
                Assert.InRange(offset + length, 1, 2048);
                areas.Add((block * 2048 + offset, length));
            }
            if (name.Length > 1)
                Assert.Equal(255, text.Length);
        }
        Assert.True(areas.Count > 80, $"only {areas.Count} areas");
        areas.Sort();
        foreach (var (before, after) in areas.Zip(areas.Skip(1)))
            Assert.True(before.Start + before.Length <= after.Start, $"areas at {before} and {after} overlap");
    }

    /// <summary>The records of all directories by plain name, as byte offsets.</summary>
    private static Dictionary<string, int> Records(byte[] bytes)
    {
        var found = new Dictionary<string, int>();
        Walk(BitConverter.ToInt32(bytes, 16 * 2048 + 156 + 2), BitConverter.ToInt32(bytes, 16 * 2048 + 156 + 10));
        return found;

        void Walk(int block, int size)
        {
            for (var at = block * 2048; at < block * 2048 + size;)
            {
                if (bytes[at] == 0)
                {
                    at = (at / 2048 + 1) * 2048;
                    continue;
                }
                var name = Encoding.ASCII.GetString(bytes, at + 33, bytes[at + 32]);
                if (name is not ("\0" or "\u0001"))
                {
                    found.Add(name, at);
                    if ((bytes[at + 25] & 2) != 0)
                        Walk(BitConverter.ToInt32(bytes, at + 2), BitConverter.ToInt32(bytes, at + 10));
                }
                at += bytes[at];
            }
        }
    }

    /// <summary>The system use entries of a record, continuations followed.</summary>
    private static IEnumerable<int> Entries(byte[] bytes, int record)
    {
        var at = record + (33 + bytes[record + 32] + 1 & ~1);
        var end = record + bytes[record];
        while (at + 4 <= end)
        {
            var next = (At: at + bytes[at + 2], End: end);
            if (bytes[at] == 'C' && bytes[at + 1] == 'E')
            {
                Assert.True(at + bytes[at + 2] + 1 >= end, "CE is the last entry");
                var start = BitConverter.ToInt32(bytes, at + 4) * 2048 + BitConverter.ToInt32(bytes, at + 12);
                next = (start, start + BitConverter.ToInt32(bytes, at + 20));
            }
            yield return at;
            (at, end) = next;
        }
    }

    private static (uint Links, uint Serial) Px(byte[] bytes, int record)
    {
        var entry = Entries(bytes, record).Single(at => bytes[at] == 'P' && bytes[at + 1] == 'X');
        return (BitConverter.ToUInt32(bytes, entry + 12), BitConverter.ToUInt32(bytes, entry + 36));
    }
}
