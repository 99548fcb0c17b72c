using System.Buffers.Binary;
using System.Text;
using ImageBuilder.Formats.SquashFs;
using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Formats.Tests.SquashFs.Read;

/// <summary>Images made to harm readers: each class of hole that others had ends in an error that names the byte.</summary>
public class HostileImageTests
{
    private static readonly SquashFsLimits Small = new() { MaxMemory = 8 << 20, BlockCache = 0 };

    // Fields of inodes, from the inode's first byte (kernel: struct squashfs_*_inode).
    private const int Number = 12;
    private const int ReachesFragment = 20;         // basic file
    private const int FragmentOffset = 24;
    private const int BasicLength = 28;
    private const int ExtendedLength = 24;          // extended file
    private const int TargetLength = 20;            // symbolic link
    private const int ListingSize = 24;             // basic directory

    [Theory] // CVE-2021-40153: unsquashfs wrote outside of its folder
    [InlineData("../x")]
    [InlineData("/etc")]
    [InlineData("a/bc")]
    [InlineData("a\0bc")]
    public void A_name_that_is_a_path_or_holds_NUL_is_refused(string name)
    {
        var image = new ImageEditor(Sample());
        Encoding.UTF8.GetBytes(name).CopyTo(image.Directories, image.NameOf("name"));
        Refused(image, "IB2125");
    }

    [Theory]
    [InlineData(".")]
    [InlineData("..")]
    public void A_name_that_means_this_folder_or_the_one_above_is_refused(string name)
    {
        var tree = new Tree();
        tree.Put("/" + "@@"[..name.Length], Node.File("x"));
        var image = new ImageEditor(tree);
        Encoding.UTF8.GetBytes(name).CopyTo(image.Directories, image.NameOf("@"));
        Refused(image, "IB2125");
    }

    [Fact] // CVE-2021-41072: a link and a folder of one name; what was to go into the folder went where the link pointed
    public void A_name_that_is_in_a_folder_twice_is_refused()
    {
        var image = new ImageEditor(Sample());
        "link"u8.CopyTo(image.Directories.AsSpan(image.NameOf("name")));
        Refused(image, "IB2125");
    }

    [Theory] // CVE-2015-4645, CVE-2015-4646: the fragment table's size overflowed
    [InlineData(uint.MaxValue)]
    [InlineData(0x2000_0000u)]
    [InlineData(0x1000_0001u)]
    public void A_fragment_count_that_overflows_is_refused(uint count)
    {
        var image = new ImageEditor(Sample());
        image.Superblock = image.Superblock with { Fragments = count, Inodes = uint.MaxValue };
        Refused(image, "IB2122");
        image.Superblock = image.Superblock with { Fragments = count, Inodes = 5 };
        Refused(image, "IB2120");
    }

    [Theory] // CVE-2012-4025: block_log overflowed into the size of an allocation
    [InlineData("block size, logarithm", 63)]
    [InlineData("block size, logarithm", 0)]
    [InlineData("block size, logarithm", 40)]
    [InlineData("block size", 0)]
    [InlineData("block size", 4097)]
    [InlineData("block size", 1 << 30)]
    public void A_block_size_that_is_none_is_refused(string field, int value)
    {
        var image = new ImageEditor(Sample()).Build();
        if (field == "block size")
            BinaryPrimitives.WriteInt32LittleEndian(image.AsSpan(Superblock.OffsetOf(field)), value);
        else
            BinaryPrimitives.WriteInt16LittleEndian(image.AsSpan(Superblock.OffsetOf(field)), (short)value);
        Refused(image, "IB2120");
    }

    [Theory]
    [InlineData(1u, 0u)]
    [InlineData(0x7FFF_FFFFu, 0u)]
    [InlineData(0u, 4096u)]
    [InlineData(0u, uint.MaxValue)]
    public void A_fragment_that_is_not_there_and_an_offset_beyond_it_are_refused(uint fragment, uint offset)
    {
        var image = new ImageEditor(Sample());
        var file = image.Positions.First(inode => inode.Kind == NodeKind.File && inode.Fragment == 0).Position;
        BinaryPrimitives.WriteUInt32LittleEndian(image.Inodes.AsSpan(file + ReachesFragment), fragment);
        BinaryPrimitives.WriteUInt32LittleEndian(image.Inodes.AsSpan(file + FragmentOffset), offset);
        Refused(image, "IB2124");
    }

    [Fact]
    public void A_file_that_reaches_beyond_its_fragments_end_is_refused_when_it_is_read()
    {
        var image = new ImageEditor(Sample());
        var file = image.Positions.First(inode => inode.Kind == NodeKind.File && inode.Fragment == 0).Position;
        BinaryPrimitives.WriteUInt32LittleEndian(image.Inodes.AsSpan(file + FragmentOffset), 4000);
        Refused(image, "IB2126");
        Assert.Contains(SquashFsImage.Open(Content.From(image.Build())).Check(), finding => finding.Message.Contains("fragment 0 up to byte"));
    }

    [Theory]
    [InlineData(uint.MaxValue)]
    [InlineData(0x1000_0000u)]
    [InlineData(600u)]
    public void A_count_of_xattr_sets_that_overflows_is_refused(uint count)
    {
        var image = new ImageEditor(Sample()) { XattrCount = count };
        Refused(image, "IB2122");
    }

    [Theory]
    [InlineData(8, uint.MaxValue, "IB2127")]    // entries of a set
    [InlineData(8, 0x2000_0000u, "IB2127")]
    [InlineData(0, 0x1FFFu, "IB2127")]          // where the set begins
    [InlineData(0, 0xFFFF_0000u, "IB2127")]
    public void A_set_of_xattrs_that_is_too_long_or_elsewhere_is_refused(int field, uint value, string id)
    {
        var image = new ImageEditor(Sample());
        BinaryPrimitives.WriteUInt32LittleEndian(image.XattrSets.AsSpan(field), value);
        Refused(image, id);
    }

    [Theory]
    [InlineData("value", 0x7FFF_FFFF)]
    [InlineData("value", 70_000)]
    [InlineData("reference", 0x7FFF)]
    [InlineData("name", 0xFFFF)]
    public void An_xattr_whose_name_value_or_reference_leads_out_of_the_table_is_refused(string what, int number)
    {
        // An entry: type, name length, name; value length, value. The long one is a reference of 8 bytes.
        var image = new ImageEditor(Sample());
        var name = image.XattrLists.AsSpan().IndexOf("large"u8);
        if (what == "name")
            BinaryPrimitives.WriteUInt16LittleEndian(image.XattrLists.AsSpan(name - sizeof(ushort)), (ushort)number);
        else if (what == "reference")
            BinaryPrimitives.WriteInt64LittleEndian(image.XattrLists.AsSpan(name + 5 + sizeof(uint)), number);
        else
            BinaryPrimitives.WriteInt32LittleEndian(image.XattrLists.AsSpan(image.XattrLists.AsSpan().IndexOf("short"u8) + 5), number);
        Refused(image, "IB2127");
    }

    [Theory]
    [InlineData(0u)]
    [InlineData(uint.MaxValue)]
    public void An_inode_without_a_possible_number_is_refused(uint number)
    {
        var image = new ImageEditor(Sample());
        BinaryPrimitives.WriteUInt32LittleEndian(image.Inodes.AsSpan(image.First(NodeKind.File).Position + Number), number);
        Refused(image, "IB2124");
    }

    [Theory]
    [InlineData(ulong.MaxValue)]
    [InlineData(0x8000_0000_0000_0000)]
    [InlineData(0x7FFF_FFFF_FFFF_F000)]
    [InlineData(0x0000_0400_0000_0000)]
    public void A_file_of_a_negative_or_impossible_size_is_refused(ulong length)
    {
        var image = new ImageEditor(Sample());
        var sparse = image.Positions.First(inode => inode.Kind == NodeKind.File && inode.Length == 3 * SampleTrees.BlockSize).Position;
        BinaryPrimitives.WriteUInt64LittleEndian(image.Inodes.AsSpan(sparse + ExtendedLength), length);
        Refused(image, "IB2124");
    }

    [Theory]
    [InlineData(uint.MaxValue)]
    [InlineData(0x8000_0000u)]
    [InlineData(4096u)]
    [InlineData(0u)]
    public void A_symbolic_link_of_an_impossible_length_is_refused(uint length)
    {
        var image = new ImageEditor(Sample());
        BinaryPrimitives.WriteUInt32LittleEndian(image.Inodes.AsSpan(image.First(NodeKind.Symlink).Position + TargetLength), length);
        Refused(image, "IB2124");
    }

    [Fact]
    public void A_folder_that_holds_itself_or_one_above_it_is_refused()
    {
        foreach (var above in new[] { "sub", "root" })
        {
            var image = new ImageEditor(Sample());
            var target = above == "root" ? image.Positions[^1] : image.Positions.Single(inode => inode.Kind == NodeKind.Directory && inode.Length > 0 && inode.Number != image.Positions[^1].Number && inode.Parent == image.Positions[^1].Number);
            var entry = image.NameOf("inner") - 8;
            var header = HeaderBefore(image, entry);
            BinaryPrimitives.WriteUInt16LittleEndian(image.Directories.AsSpan(entry), (ushort)target.Position);
            BinaryPrimitives.WriteInt16LittleEndian(image.Directories.AsSpan(entry + 2), (short)((int)target.Number - header));
            Refused(image, "IB2125");
        }
    }

    [Fact]
    public void A_size_of_a_folder_beyond_the_table_is_refused()
    {
        foreach (var size in new ushort[] { ushort.MaxValue, 2, 0, 7, 5000 })
        {
            var image = new ImageEditor(Sample());
            BinaryPrimitives.WriteUInt16LittleEndian(image.Inodes.AsSpan(image.Positions[^1].Position + ListingSize), size);
            Refused(image, size < 3 ? "IB2124" : "IB2125");
        }
    }

    [Fact]
    public void A_listing_with_too_many_entries_behind_one_header_is_refused()
    {
        foreach (var count in new[] { 256u, uint.MaxValue, 0x7FFF_FFFFu })
        {
            var image = new ImageEditor(Sample());
            BinaryPrimitives.WriteUInt32LittleEndian(image.Directories, count);
            Refused(image, "IB2125");
        }
    }

    [Fact]
    public void Metadata_that_decompresses_to_far_more_than_it_takes_ends_at_the_limit()
    {
        // 64 MiB of zeros in an inode table of some 100 KiB.
        var image = new ImageEditor(Sample());
        image.Inodes = [.. image.Inodes, .. new byte[64 << 20]];
        var bytes = image.Build();
        Assert.True(bytes.Length < 1 << 20);
        Refused(bytes, "IB2128", ImageErrorKind.LimitExceeded);
    }

    [Fact]
    public void A_metadata_block_that_decompresses_to_more_than_a_block_is_refused()
    {
        var image = new ImageEditor(Sample());
        var bytes = image.Build();
        var compressed = Formats.Compression.Zstd.Compress(new byte[1 << 20], 3);
        var at = (int)Superblock.Read(Content.From(bytes)).InodeTable;
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(at), (ushort)(BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(at)) & 0x7FFF));
        compressed.CopyTo(bytes.AsSpan(at + 2));
        Refused(bytes, "IB2123");
    }

    [Fact]
    public void A_data_block_that_decompresses_to_more_than_a_block_is_refused()
    {
        var tree = new Tree();
        tree.Put("/file", Node.File(Content.From(SampleTrees.Text(2 * SampleTrees.BlockSize, 1))));
        var image = new ImageEditor(tree);
        var bomb = Formats.Compression.Zstd.Compress(new byte[64 << 20], 3);
        var file = image.First(NodeKind.File);
        image.Data = [.. image.Data[..(int)file.BlocksStart], .. bomb, .. new byte[4096]];
        BinaryPrimitives.WriteInt32LittleEndian(image.Inodes.AsSpan(file.SizesPosition), Math.Min(bomb.Length, 4096));
        Refused(image, "IB2126");
    }

    [Fact]
    public void A_block_of_a_file_longer_than_a_block_or_outside_the_data_is_refused()
    {
        foreach (var size in new[] { 4097u, 0x00FF_FFFFu, 0xFEFF_FFFFu, 0x0100_1001u, 0x0100_0000u })
        {
            var tree = new Tree();
            tree.Put("/file", Node.File(Content.From(SampleTrees.Text(2 * SampleTrees.BlockSize, 1))));
            var image = new ImageEditor(tree);
            BinaryPrimitives.WriteUInt32LittleEndian(image.Inodes.AsSpan(image.First(NodeKind.File).SizesPosition), size);
            Refused(image, "IB2126");
        }
    }

    [Fact]
    public void A_huge_file_of_holes_costs_nothing()
    {
        var tree = new Tree();
        tree.Put("/file", Node.File(new Holes(8L << 30)));
        var image = SquashFsImage.Open(Content.From(new ImageEditor(tree, packTails: true).Build()), new SquashFsLimits { MaxMemory = 64 << 20 });
        var content = image.ReadTree().Find("/file")!.Content;
        Assert.Equal((8L << 30, (content.Length, content.Length)), (content.Length, content.DataFrom(0)));
        Assert.Empty(image.Check());
    }

    [Fact]
    public void Folders_too_deep_in_one_another_end_at_the_limit()
    {
        var tree = new Tree();
        tree.EnsureDirectory(string.Concat(Enumerable.Repeat("/d", 101)));
        var bytes = new ImageEditor(tree, SquashFsCompression.None).Build();
        Refused(bytes, "IB2128", ImageErrorKind.LimitExceeded, Small with { MaxDepth = 100 });
        SquashFsImage.Open(Content.From(bytes), Small with { MaxDepth = 102 }).ReadTree();
    }

    [Fact]
    public void Too_many_names_and_too_long_ones_end_at_the_limit()
    {
        var tree = new Tree();
        for (var i = 0; i < 100; i++)
            tree.Root.Children[$"name {i:00}"] = Node.File("");
        var bytes = new ImageEditor(tree).Build();
        Refused(bytes, "IB2128", ImageErrorKind.LimitExceeded, Small with { MaxEntries = 99 });
        Refused(bytes, "IB2128", ImageErrorKind.LimitExceeded, Small with { MaxNameBytes = 699 });
        SquashFsImage.Open(Content.From(bytes), Small with { MaxEntries = 100, MaxNameBytes = 700 }).ReadTree();
    }

    [Fact]
    public void A_table_said_to_be_elsewhere_is_refused()
    {
        foreach (var field in Superblock.Fields.Where(field => field.Name.EndsWith(" table", StringComparison.Ordinal)))
            foreach (var position in new ulong[] { 0, 95, 1UL << 32, ulong.MaxValue - 1, 1UL << 63, 97 })
            {
                var bytes = new ImageEditor(Sample()).Build();
                BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(Superblock.OffsetOf(field.Name)), position);
                var error = Assert.ThrowsAny<ImageException>(() => ReadAll(bytes, Small));
                Assert.True(error.Kind == ImageErrorKind.Corrupt && error.Offset is not null, $"{field.Name} at {position}: {error}");
            }
    }

    [Fact]
    public void An_index_whose_blocks_fall_or_leave_gaps_is_refused()
    {
        var tree = new Tree();
        for (var i = 0; i < 3000; i++) // three blocks of the export table
            tree.Root.Children[$"{i}"] = new Node(NodeKind.Fifo);
        var valid = new ImageEditor(tree, SquashFsCompression.None).Build();
        var at = (int)Superblock.Read(Content.From(valid)).ExportTable!.Value;
        foreach (var wrong in new[] { 0, -1, long.MinValue, 8192, -8194 })
        {
            var bytes = valid.ToArray();
            var entry = bytes.AsSpan(at + sizeof(ulong));
            BinaryPrimitives.WriteInt64LittleEndian(entry, wrong <= 0 && wrong != -8194 ? wrong : BinaryPrimitives.ReadInt64LittleEndian(entry) + wrong);
            Refused(bytes, "IB2122");
        }
    }

    [Fact]
    public void A_metadata_block_of_no_or_too_many_bytes_is_refused()
    {
        foreach (var header in new ushort[] { 0, 0x8000, 8193, 0xFFFF, 0x7FFF })
        {
            var bytes = new ImageEditor(Sample()).Build();
            BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan((int)Superblock.Read(Content.From(bytes)).InodeTable), header);
            Refused(bytes, "IB2123");
        }
    }

    [Fact]
    public void A_root_that_is_no_folder_or_not_there_is_refused()
    {
        foreach (var root in new[] { new MetadataReference(0, 0), new MetadataReference(77, 0), new MetadataReference(0, 8000), new MetadataReference(uint.MaxValue, 5) })
        {
            var image = new ImageEditor(Sample());
            image.Superblock = image.Superblock with { RootInode = root };
            Refused(image, "IB2124");
        }
    }

    [Fact]
    public void An_image_cut_off_anywhere_is_refused()
    {
        var bytes = new ImageEditor(Sample()).Build();
        var used = Superblock.Read(Content.From(bytes)).BytesUsed;
        for (var length = 0; length < used; length += 13)
        {
            var error = Assert.Throws<ImageException>(() => SquashFsImage.Open(Content.From(bytes.AsMemory(0, length))));
            Assert.Equal((ImageErrorKind.Corrupt, "IB2120"), (error.Kind, error.Id));
        }
    }

    [Theory]
    [InlineData("major version", 3, "it has version 3.0")]
    [InlineData("compressor", 9, "it names compressor 9")]
    public void What_is_not_read_here_is_named(string field, byte value, string expected)
    {
        var bytes = new ImageEditor(Sample()).Build();
        bytes[Superblock.OffsetOf(field)] = value;
        var error = Assert.Throws<ImageException>(() => SquashFsImage.Open(Content.From(bytes)));
        Assert.Equal((ImageErrorKind.Unsupported, "IB2121"), (error.Kind, error.Id));
        Assert.Contains(expected, error.Message);
    }

    /// <summary>Some of everything, in one block of each table.</summary>
    internal static Tree Sample()
    {
        var tree = new Tree();
        tree.Put("/name", Node.File("a small file"));
        tree.Put("/link", Node.Symlink("name"));
        tree.Put("/sub/inner", Node.Directory());
        tree.Put("/sub/file", Node.File(Content.From(SampleTrees.Text(2 * SampleTrees.BlockSize, 1))));
        tree.Put("/sparse", Node.File(Content.From((byte[])[.. SampleTrees.Text(SampleTrees.BlockSize, 2), .. new byte[2 * SampleTrees.BlockSize]])));
        tree.Put("/device", Node.Device(NodeKind.CharacterDevice, 1, 3));
        SampleTrees.HardLink(tree, "/hard", Node.File("linked"), "/sub/hard");
        foreach (var path in new[] { "/attributes", "/more attributes" })
        {
            var node = Node.File(path);
            node.Xattrs["user.large"] = SampleTrees.Text(500, 3);
            node.Xattrs["user.short"] = Encoding.UTF8.GetBytes(path);
            tree.Put(path, node);
        }
        return tree;
    }

    /// <summary>Reads everything that can be read.</summary>
    internal static void ReadAll(byte[] bytes, SquashFsLimits limits)
    {
        var image = SquashFsImage.Open(Content.From(bytes), limits);
        var buffer = new byte[SampleTrees.BlockSize];
        foreach (var (_, node) in image.ReadTree().Walk())
            for (var (at, end) = node.Content.DataFrom(0); at < node.Content.Length; (at, end) = node.Content.DataFrom(end))
                for (; at < end; at += buffer.Length)
                    node.Content.Read(at, buffer.AsSpan(0, (int)Math.Min(buffer.Length, end - at)));
    }

    private static int HeaderBefore(ImageEditor image, int entry) => BinaryPrimitives.ReadInt32LittleEndian(image.Directories.AsSpan(entry - sizeof(uint)));

    private static void Refused(ImageEditor image, string id) => Refused(image.Build(), id);

    private static void Refused(byte[] bytes, string id, ImageErrorKind kind = ImageErrorKind.Corrupt, SquashFsLimits? limits = null)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        var error = Assert.Throws<ImageException>(() => ReadAll(bytes, limits ?? Small));
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < Small.MaxMemory + (4 << 20), "it took more memory than allowed");
        Assert.Equal((kind, id), (error.Kind, error.Id));
        Assert.NotNull(error.Offset);
        Assert.Contains($"byte {error.Offset}", error.Message);
    }

    private sealed class Holes(long length) : Content
    {
        public override long Length => length;

        public override void Read(long offset, Span<byte> buffer) => buffer.Clear();
    }
}
