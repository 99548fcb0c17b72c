using ImageBuilder.Formats.SquashFs;
using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Formats.Tests.SquashFs;

/// <summary>Large, sparse, incompressible and equal files.</summary>
public class ContentTests
{
    private const long GiB = 1L << 30;

    /// <summary>Zeros but for one byte, of a value of its own, at the start of some blocks.</summary>
    private sealed class Pattern(long length, long distance) : Content
    {
        public override long Length => length;

        public override void Read(long offset, Span<byte> buffer)
        {
            buffer.Clear();
            for (var at = (offset + distance - 1) / distance * distance; at < offset + buffer.Length; at += distance)
                buffer[(int)(at - offset)] = (byte)(1 + (at / distance % 255));
        }
    }

    /// <summary>Leaves holes where zeros are written, so that a huge image costs little.</summary>
    private sealed class SparseFile(string path) : FileStream(path, FileMode.CreateNew)
    {
        private const int Piece = 4096;

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            for (; !buffer.IsEmpty; buffer = buffer[Math.Min(Piece, buffer.Length)..])
            {
                var piece = buffer[..Math.Min(Piece, buffer.Length)];
                if (piece.ContainsAnyExcept((byte)0))
                    base.Write(piece);
                else
                    Seek(piece.Length, SeekOrigin.Current);
            }
            if (Position > Length)
                SetLength(Position);
        }
    }

    [RootFact("mount", "stat", "unsquashfs", "rdsquashfs")]
    public void A_sparse_file_larger_than_4_GiB_keeps_its_size_and_takes_no_space()
    {
        const long length = (4 * GiB) + 5;
        var tree = new Tree();
        tree.Put("/sparse", Node.File(new Pattern(length, 3 * GiB)));
        using var image = new Image(tree, new SquashFsOptions { BlockSize = SquashFsOptions.MaxBlockSize, Compression = SquashFsCompression.Lz4 });
        Assert.True(image.Summary.ImageLength < 64 << 10);
        Assert.Contains($" {length} ", Tool.Run("unsquashfs", "-lln", image.File), StringComparison.Ordinal);
        image.Mounted(mount =>
        {
            var blocks = 2 * SquashFsOptions.MaxBlockSize / 512; // those of the two bytes that are not zero
            Assert.Equal($"{length} {blocks}", Tool.Run("stat", "--format=%s %b", mount + "/sparse").Trim());
            using var file = File.OpenRead(mount + "/sparse");
            foreach (var (offset, expected) in new[] { (0L, 1), (1L, 0), (3 * GiB, 2), ((3 * GiB) + 1, 0), (length - 1, 0) })
            {
                file.Position = offset;
                Assert.Equal(expected, file.ReadByte());
            }
            return 0;
        });
    }

    [ToolFact("unsquashfs", "rdsquashfs")]
    public void Files_beyond_the_first_4_GiB_of_an_image_are_found()
    {
        using var folder = new TempFolder();
        const int block = SquashFsOptions.MaxBlockSize;
        var behind = SampleTrees.Text(block + 100, 5);
        var tree = new Tree();
        tree.Put("/big", Node.File(new Pattern((4 * GiB) + block, block)));
        tree.Put("/small", Node.File("in a fragment beyond 4 GiB"));
        tree.Put("/z behind", Node.File(Content.From(behind)));
        using (var stream = new SparseFile(folder["image"]))
            SquashFsWriter.Write(tree, stream, new SquashFsOptions { BlockSize = block, Compression = SquashFsCompression.None });
        Assert.True(new FileInfo(folder["image"]).Length > 4 * GiB);
        Tool.Run("unsquashfs", "-q", "-n", "-d", folder["x"], folder["image"], "z behind", "small");
        Assert.Equal(behind, File.ReadAllBytes(folder["x"] + "/z behind"));
        Assert.Equal("in a fragment beyond 4 GiB", Tool.Run("rdsquashfs", "--cat", "small", folder["image"]));
    }

    [ToolFact("sqfs2tar")]
    public void Files_of_exactly_n_blocks_and_one_byte_around_come_back()
    {
        var tree = new Tree();
        foreach (var blocks in new[] { 1, 2, 3, 16 })
            foreach (var difference in new[] { -1, 0, 1 })
                foreach (var kind in new Func<int, int, byte[]>[] { SampleTrees.Text, SampleTrees.Noise, (length, _) => new byte[length] })
                {
                    var length = (blocks * SampleTrees.BlockSize) + difference;
                    tree.Put($"/{kind.Method.Name}/{length}", Node.File(Content.From(kind(length, length))));
                }
        foreach (var tails in new[] { false, true })
        {
            using var image = new Image(tree, Image.Fast with { PackTails = tails });
            Assert.Equal(TreeText.Of(tree), TreeText.Of(image.BySqfs2Tar()));
        }
    }

    [Fact]
    public void Incompressible_data_is_stored_as_it_is()
    {
        foreach (var compression in new[] { SquashFsCompression.Gzip, SquashFsCompression.Xz, SquashFsCompression.Lz4, SquashFsCompression.Zstd })
        {
            var noise = SampleTrees.Noise(4 * SampleTrees.BlockSize, 1);
            var tree = new Tree();
            tree.Put("/noise", Node.File(Content.From(noise)));
            using var image = new Image(tree, Image.Fast with { Compression = compression });
            Assert.True(image.Bytes.AsSpan().IndexOf(noise) > 0, compression.ToString());
        }
    }

    [Fact]
    public void Equal_files_are_stored_once()
    {
        var noise = SampleTrees.Noise(50_000, 1);
        var tree = new Tree();
        tree.Put("/a", Node.File(Content.From(noise)));
        using var once = new Image(tree);
        for (var i = 0; i < 10; i++)
        {
            tree.Put($"/copy{i}", Node.File(Content.From(noise.ToArray())));
            tree.Put($"/small{i}", Node.File("small and equal"));
        }
        using var image = new Image(tree);
        Assert.Equal(19, image.Summary.DuplicateFiles);
        Assert.Equal((10 * 50_000) + (9 * "small and equal".Length), image.Summary.DuplicateBytes);
        Assert.InRange(image.Summary.ImageLength, once.Summary.ImageLength, once.Summary.ImageLength + 4096);
    }

    [Fact]
    public void Files_that_differ_in_one_byte_anywhere_are_no_duplicates()
    {
        var tree = new Tree();
        foreach (var length in new[] { 1, 31, 32, 33, 1000, 128 << 10, (128 << 10) + 1, 300_000 })
            foreach (var at in new[] { -1, 0, length / 2, length - 1 }.Distinct())
            {
                var bytes = SampleTrees.Noise(length, length);
                if (at >= 0)
                    bytes[at] ^= 1;
                tree.Put($"/{length}/{at}", Node.File(Content.From(bytes)));
            }
        using var image = new Image(tree);
        Assert.Equal(0, image.Summary.DuplicateFiles);
    }
}
