using System.Buffers.Binary;
using ImageBuilder.Formats.Iso9660;
using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Formats.Tests.Iso9660.Read;

public class HostileImageTests
{
    private const int Descriptor = 16 * 2048;

    [Theory]
    [InlineData(0)]
    [InlineData(100)]
    [InlineData(100_000)]
    public void What_is_no_ISO_image_says_so(int length) => Refused(new byte[length], "IB2410");

    [Fact]
    public void An_image_cut_off_anywhere_is_corrupt_and_says_where()
    {
        var whole = Sample();
        for (var length = Descriptor; length < whole.Length; length += 1021)
            Assert.Contains("byte ", Refused(whole[..length]).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_continuation_area_that_names_itself_is_corrupt() =>
        // The root's own record continues (CE) into an area; there a CE that points back at the area's own start.
        Refused(Changed(bytes =>
        {
            var (at, block) = Continuation(bytes);
            Both32(bytes.AsSpan(at + 20), 28);
            var area = bytes.AsSpan(block * 2048);
            bytes.AsSpan(at, 28).CopyTo(area);
            Both32(area[12..], 0);
            Both32(area[20..], 28);
        }), "IB2418");

    [Fact]
    public void A_continuation_area_outside_the_image_is_corrupt() =>
        Refused(Changed(bytes => Both32(bytes.AsSpan(Continuation(bytes).At + 4), 0x7FFFFFFF)), "IB2416");

    [Fact]
    public void A_continuation_area_of_impossible_length_is_corrupt() =>
        Refused(Changed(bytes => Both32(bytes.AsSpan(Continuation(bytes).At + 20), 0xFFFFFFFF)), "IB2418");

    [Fact]
    public void A_directory_inside_itself_is_corrupt() =>
        Refused(Changed(bytes => Both32(bytes.AsSpan(Record(bytes, "DIR") + 2), RootBlock(bytes))), "IB2413", "IB2415");

    [Fact]
    public void Two_names_for_one_directory_are_corrupt() =>
        Refused(Changed(bytes =>
        {
            Both32(bytes.AsSpan(Record(bytes, "DIR2") + 2), BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(Record(bytes, "DIR") + 2)));
        }), "IB2415");

    [ToolFact("genisoimage")]
    public void A_relocated_directory_that_is_its_own_ancestor_is_corrupt()
    {
        using var folder = new TempFolder();
        Directory.CreateDirectory(folder["in/1/2/3/4/5/6/7/8/9"]);
        Tool.Run("genisoimage", "-quiet", "-R", "-o", folder["a.iso"], folder["in"]);
        var bytes = File.ReadAllBytes(folder["a.iso"]);
        var child = bytes.AsSpan().IndexOf((byte[])[(byte)'C', (byte)'L', 12, 1]);
        Assert.True(child > 0);

        foreach (var block in (uint[])[RootBlock(bytes), 0, 0xFFFFFFF0])
        {
            var changed = (byte[])bytes.Clone();
            Both32(changed.AsSpan(child + 4), block);
            Refused(changed, "IB2415", "IB2416", "IB2419", "IB2413");
        }
    }

    [ToolFact("genisoimage")]
    public void A_relocated_directory_that_nobody_names_or_that_names_another_parent_is_corrupt()
    {
        using var folder = new TempFolder();
        Directory.CreateDirectory(folder["in/1/2/3/4/5/6/7/8/9"]);
        Tool.Run("genisoimage", "-quiet", "-R", "-o", folder["a.iso"], folder["in"]);
        var bytes = File.ReadAllBytes(folder["a.iso"]);
        var unnamed = (byte[])bytes.Clone();
        var child = unnamed.AsSpan().IndexOf((byte[])[(byte)'C', (byte)'L', 12, 1]);
        "XX"u8.CopyTo(unnamed.AsSpan(child));
        Both32(unnamed.AsSpan(unnamed.AsSpan(0, child).LastIndexOf("PX"u8) + 4), 0x81A4); // the place keeper becomes a file
        Refused(unnamed, "IB2419");
        var elsewhere = (byte[])bytes.Clone();
        Both32(elsewhere.AsSpan(elsewhere.AsSpan().IndexOf((byte[])[(byte)'P', (byte)'L', 12, 1]) + 4), 5);
        Refused(elsewhere, "IB2419");
    }

    [Theory]
    [InlineData(2)]
    [InlineData(10)]
    public void Numbers_that_differ_between_little_and_big_endian_are_corrupt(int field) =>
        Refused(Changed(bytes => bytes[Record(bytes, "FILE.TXT;1") + field + 4] ^= 1), "IB2423");

    [Fact]
    public void A_record_that_crosses_its_block_is_corrupt() =>
        Refused(Changed(bytes =>
        {
            var root = (int)RootBlock(bytes) * 2048;
            bytes[root + 2048 - 1] = 40; // after the block's last record a record begins in its last byte
            var at = root;
            while (bytes[at] != 0)
                at += bytes[at];
            for (var left = root + 2047 - at; left > 0;)
            {
                // fill the rest with records of a file, up to the last byte
                var size = left > 200 ? 100 : left;
                bytes.AsSpan(Record(bytes, "FILE.TXT;1"), Math.Min(34, size)).CopyTo(bytes.AsSpan(at));
                bytes[at] = (byte)size;
                bytes[at + 32] = 1;
                at += size;
                left -= size;
            }
        }), "IB2413", "IB2414", "IB2417");

    [Theory]
    [InlineData((byte)'/')]
    [InlineData((byte)0)]
    public void A_name_with_a_slash_or_NUL_is_corrupt(byte bad) =>
        Refused(Changed(bytes => bytes[IndexOf(bytes, "file.txt"u8) + 4] = bad), "IB2414");

    [Fact]
    public void A_name_that_leads_out_of_its_directory_is_corrupt() =>
        Refused(Changed(bytes =>
        {
            var name = IndexOf(bytes, "NM"u8, IndexOf(bytes, "file.txt"u8) - 5);
            bytes[name + 2] = 7; // header and two bytes
            ".."u8.CopyTo(bytes.AsSpan(name + 5));
            bytes.AsSpan(name + 7, 6).Clear();
        }), "IB2414");

    [Fact]
    public void Two_entries_of_one_name_are_corrupt() => // as CVE-2021-41072: a link and a directory of one name
        Refused(Changed(bytes => "file.txt"u8.CopyTo(bytes.AsSpan(IndexOf(bytes, "linkname"u8)))), "IB2414");

    [Fact]
    public void Data_outside_the_image_is_corrupt()
    {
        Refused(Changed(bytes => Both32(bytes.AsSpan(Record(bytes, "FILE.TXT;1") + 2), 0xFFFFFFFF)), "IB2416");
        Refused(Changed(bytes => Both32(bytes.AsSpan(Record(bytes, "FILE.TXT;1") + 10), 0xFFFFFFFF)), "IB2416");
        Refused(Changed(bytes => Both32(bytes.AsSpan(Descriptor + 80), 0xFFFFFFFF)), "IB2416");
    }

    [Fact]
    public void A_directory_of_4_GiB_is_refused_before_memory_is_taken() =>
        Assert.Equal(ImageErrorKind.LimitExceeded, Refused(Changed(bytes => Both32(bytes.AsSpan(Record(bytes, "DIR") + 10), 0xFFFFF800)), "IB2420").Kind);

    [Fact]
    public void A_symbolic_link_without_end_or_with_a_component_past_its_entry_is_corrupt()
    {
        Refused(Changed(bytes => bytes[IndexOf(bytes, "SL"u8) + 6] = 0xFF), "IB2417");
        Refused(Changed(bytes => bytes[IndexOf(bytes, "SL"u8) + 2] = 3), "IB2417");
    }

    [Fact]
    public void A_file_of_several_sections_whose_last_is_missing_is_corrupt() =>
        Refused(Changed(bytes => bytes[Record(bytes, "FILE.TXT;1") + 25] |= 0x80), "IB2413");

    [Fact]
    public void A_mode_that_contradicts_the_record_is_corrupt() =>
        Refused(Changed(bytes => Both32(bytes.AsSpan(IndexOf(bytes, "PX"u8, Record(bytes, "FILE.TXT;1")) + 4), 0x41ED)), "IB2417");

    [Fact]
    public void A_chain_of_directories_deeper_than_any_path_is_refused()
    {
        var tree = new Tree();
        tree.Put("/" + string.Join('/', Enumerable.Repeat("d", 300)), Node.Directory());
        Assert.Equal("IB2420", Refused(IsoFixture.Bytes(tree, IsoFixture.Plain)).Id);
    }

    [Fact]
    public void A_damaged_boot_catalog_is_corrupt()
    {
        var bytes = IsoFixture.Bytes(IsoFixture.Sample(), IsoFixture.Bootable());
        var catalog = BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(17 * 2048 + 0x47)) * 2048;
        foreach (var at in (int[])[catalog, catalog + 4, catalog + 30, catalog + 32])
        {
            var changed = (byte[])bytes.Clone();
            changed[at] ^= 0x55;
            Assert.Equal("IB2422", Assert.Throws<ImageException>(() => IsoVolume.Open(Content.From(changed)).ReadBootCatalog()).Id);
        }
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(17 * 2048 + 0x47), 0xFFFFFFFF);
        Assert.Equal("IB2416", Assert.Throws<ImageException>(() => IsoVolume.Open(Content.From(bytes)).ReadBootCatalog()).Id);
    }

    [Theory]
    [InlineData(2, 0x40, "where none is")] // the block of the root
    [InlineData(6, 0x02, "parent number")]
    [InlineData(12, 0x40, "where none is")] // the block of the second
    [InlineData(16, 0x02, "parent number")]
    [InlineData(18, 0x01, "its record says")]
    [InlineData(10, 0x80, "ends in the middle")]
    public void A_path_table_that_contradicts_the_directories_is_corrupt(int at, int change, string why)
    {
        var whole = Sample();
        IsoVolume.Open(Content.From(whole)).CheckPathTables();
        foreach (var (pointer, swap) in ((int, int)[])[(140, 0), (148, 3)])
        {
            var bytes = (byte[])whole.Clone();
            var field = bytes.AsSpan(Descriptor + pointer);
            var table = (int)(pointer == 140 ? BinaryPrimitives.ReadUInt32LittleEndian(field) : BinaryPrimitives.ReadUInt32BigEndian(field)) * 2048;
            // A number's lowest byte comes last in the big-endian table.
            var offset = at is 2 or 12 ? at + swap : at is 6 or 16 && swap > 0 ? at + 1 : at;
            bytes[table + offset] ^= (byte)change;
            var error = Assert.Throws<ImageException>(() => IsoVolume.Open(Content.From(bytes)).CheckPathTables());
            Assert.Equal("IB2412", error.Id);
            Assert.Contains(why, error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_path_table_that_leaves_directories_out_is_corrupt() =>
        Assert.Equal("IB2412", Assert.Throws<ImageException>(() => IsoVolume.Open(Content.From(Changed(bytes => Both32(bytes.AsSpan(Descriptor + 132), 10)))).CheckPathTables()).Id);

    [Fact]
    public void Five_hundred_damaged_images_end_in_a_tree_or_an_error()
    {
        var valid = IsoFixture.Bytes(SampleTree(), IsoFixture.Bootable(HybridLayout.ValidGpt) with { EfiBoot = null });
        var refused = Mutations.Survive<ImageException>(valid, 500, seed: 9660, memoryCap: 64 << 20, bytes =>
        {
            var volume = IsoVolume.Open(Content.From(bytes));
            foreach (var (_, node) in volume.ReadTree().Walk())
                if (node.Kind == NodeKind.File && node.Content.Length < 1 << 20)
                    node.Content.ToArray();
            volume.ReadTree(IsoNameSpace.Joliet);
            volume.CheckPathTables();
            volume.ReadTree(IsoNameSpace.Plain);
            volume.ReadBootCatalog();
            volume.Locate(bytes.Length / 2);
        });
        Assert.InRange(refused, 50, 500);
    }

    private static ImageException Refused(byte[] bytes, params string[] ids)
    {
        var error = Assert.Throws<ImageException>(() => IsoVolume.Open(Content.From(bytes)).ReadTree());
        Assert.NotEqual(ImageErrorKind.Io, error.Kind);
        if (ids.Length > 0)
            Assert.Contains(error.Id, ids);
        Assert.Contains("byte ", error.Message, StringComparison.Ordinal);
        return error;
    }

    private static byte[] Changed(Action<byte[]> change)
    {
        var bytes = Sample();
        change(bytes);
        return bytes;
    }

    private static byte[] Sample() => IsoFixture.Bytes(SampleTree(), IsoFixture.Plain with { Joliet = false });

    private static Tree SampleTree()
    {
        var tree = new Tree();
        tree.Put("/dir/x", Node.File("x"));
        tree.Put("/dir2/y", Node.File("y"));
        tree.Put("/file.txt", Node.File("text"));
        tree.Put("/linkname", Node.Symlink("dir/x"));
        tree.Put($"/{new string('n', 240)}", Node.File("long"));
        return tree;
    }

    private static uint RootBlock(byte[] bytes) => BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(Descriptor + 158));

    /// <summary>Where the record of an identifier begins.</summary>
    private static int Record(byte[] bytes, string identifier)
    {
        for (var at = (int)RootBlock(bytes) * 2048; bytes[at] != 0; at += bytes[at])
            if (System.Text.Encoding.ASCII.GetString(bytes, at + 33, bytes[at + 32]) == identifier)
                return at;
        throw new InvalidOperationException(identifier);
    }

    /// <summary>The CE entry of the root's own record, and the block it names.</summary>
    private static (int At, int Block) Continuation(byte[] bytes)
    {
        var at = IndexOf(bytes, "CE"u8, (int)RootBlock(bytes) * 2048);
        return (at, BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(at + 4)));
    }

    private static int IndexOf(byte[] bytes, ReadOnlySpan<byte> text, int from = 0) => bytes.AsSpan(from).IndexOf(text) is >= 0 and var at ? from + at : throw new InvalidOperationException();

    private static void Both32(Span<byte> field, uint value)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(field, value);
        BinaryPrimitives.WriteUInt32BigEndian(field[4..], value);
    }
}
