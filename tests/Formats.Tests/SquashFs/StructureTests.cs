using System.Buffers.Binary;
using ImageBuilder.Formats.SquashFs;
using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Formats.Tests.SquashFs;

/// <summary>How the tables lie in the image: newer kernels check it, older ones and other readers rely on it.</summary>
public class StructureTests
{
    private const int MetadataBlock = 8192;
    private const int LongestStoredBlock = MetadataBlock + 2;

    private sealed record Tables(byte[] Image)
    {
        private const int FirstTable = 48; // offset of id_table_start in struct squashfs_super_block

        public ushort Ids => BinaryPrimitives.ReadUInt16LittleEndian(Image.AsSpan(26));

        public uint Inodes => BinaryPrimitives.ReadUInt32LittleEndian(Image.AsSpan(4));

        public uint Fragments => BinaryPrimitives.ReadUInt32LittleEndian(Image.AsSpan(16));

        public long BytesUsed => At(40);

        public long Id => At(FirstTable);

        public long Xattr => At(FirstTable + 8);

        public long Inode => At(FirstTable + 16);

        public long Directory => At(FirstTable + 24);

        public long Fragment => At(FirstTable + 32);

        public long Export => At(FirstTable + 40);

        public long At(long offset) => BinaryPrimitives.ReadInt64LittleEndian(Image.AsSpan((int)offset));

        /// <summary>The offsets in an index of a table of so many bytes.</summary>
        public long[] Index(long start, long length) =>
            [.. Enumerable.Range(0, (int)((length + MetadataBlock - 1) / MetadataBlock)).Select(i => At(start + (i * 8)))];
    }

    private static void CheckIndex(long[] index, long indexStart, long nextTable)
    {
        Assert.Equal(indexStart + (index.Length * 8), nextTable);
        foreach (var (from, to) in index.Zip([.. index.Skip(1), indexStart]))
            Assert.InRange(to - from, 1, LongestStoredBlock);
    }

    [Theory]
    [InlineData(SquashFsCompression.None)]
    [InlineData(SquashFsCompression.Zstd)]
    public void Each_index_ends_where_the_next_table_begins_and_the_last_at_bytes_used(SquashFsCompression compression)
    {
        var tree = SampleTrees.Everything();
        for (uint i = 0; i < 3000; i++)
            tree.Put($"/many/{i}", new Node(NodeKind.File) { Content = Content.From(SampleTrees.Noise(3000, (int)i)), Uid = i });
        using var image = new Image(tree, Image.Fast with { Compression = compression });
        var tables = new Tables(image.Bytes);
        var fragments = tables.Index(tables.Fragment, tables.Fragments * 16L);
        var exports = tables.Index(tables.Export, tables.Inodes * 8L);
        var ids = tables.Index(tables.Id, tables.Ids * 4L);
        Assert.True(fragments.Length > 1 && exports.Length > 1 && ids.Length > 1);
        Assert.True(tables.Inode < tables.Directory && tables.Directory < fragments[0]);
        CheckIndex(fragments, tables.Fragment, exports[0]);
        CheckIndex(exports, tables.Export, ids[0]);
        CheckIndex(ids, tables.Id, tables.At(tables.Xattr));
        var xattrs = BinaryPrimitives.ReadUInt32LittleEndian(tables.Image.AsSpan((int)tables.Xattr + 8));
        Assert.Equal(tables.BytesUsed, tables.Xattr + 16 + (tables.Index(tables.Xattr + 16, xattrs * 16L).Length * 8));
    }

    [Fact]
    public void Without_fragments_and_xattrs_the_tables_are_still_in_order()
    {
        var tree = new Tree();
        tree.Put("/block", Node.File(Content.From(SampleTrees.Noise(4096, 1))));
        using var image = new Image(tree);
        var tables = new Tables(image.Bytes);
        Assert.Equal(0u, tables.Fragments);
        Assert.Equal(-1, tables.Xattr);
        Assert.InRange(tables.Fragment, tables.Directory, tables.Export);
        Assert.Equal(tables.BytesUsed, tables.Id + 8);
    }

    [Fact]
    public void Images_are_padded_to_4096_bytes_which_bytes_used_does_not_count()
    {
        foreach (var seed in Enumerable.Range(0, 5))
        {
            using var image = new Image(SampleTrees.Random(seed));
            var tables = new Tables(image.Bytes);
            Assert.Equal(0, image.Bytes.Length % 4096);
            Assert.InRange(image.Bytes.Length - tables.BytesUsed, 0, 4095);
            Assert.Equal((tables.BytesUsed, (long)image.Bytes.Length), (image.Summary.BytesUsed, image.Summary.ImageLength));
            Assert.True(tables.Fragments <= tables.Inodes && tables.Ids <= 2 * tables.Inodes);
        }
    }

    [Fact]
    public void Images_that_are_not_compressed_name_gzip_and_say_so_in_their_flags()
    {
        const int uncompressed = 0x1 | 0x2 | 0x8 | 0x100 | 0x800; // inodes, data, fragments, xattrs, ids
        using var image = new Image(SampleTrees.Everything(), Image.Fast with { Compression = SquashFsCompression.None });
        Assert.Equal((1, uncompressed), (image.Superblock.Compressor, image.Superblock.Flags & uncompressed));
    }
}
