using System.Buffers.Binary;
using ImageBuilder.Formats.SquashFs;
using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Formats.Tests.SquashFs.Read;

/// <summary>What `squashfs check` finds in an image of mksquashfs in which one thing is wrong.</summary>
public class CheckTests
{
    // Fields of the superblock and of a directory's inode (Documentation/filesystems/squashfs.rst).
    private const int RootInode = 32, BytesUsed = 40, InodeTable = 64, ExportTable = 88;
    private const int Mode = 2, Links = 20;
    private const int MetadataHeader = 2;

    [ToolFact("mksquashfs")]
    public void Each_thing_that_is_wrong_is_found_with_its_place()
    {
        using var folder = new TempFolder();
        Directory.CreateDirectory(folder["in/sub"]);
        var noise = new byte[300_000];
        new Random(1).NextBytes(noise);
        File.WriteAllBytes(folder["in/noise"], noise);
        File.WriteAllText(folder["in/zeros"], new string('0', 200_000));
        Tool.Run("mksquashfs", folder["in"], folder["x"], "-quiet", "-no-progress", "-noI", "-no-fragments", "-all-root");
        var image = File.ReadAllBytes(folder["x"]);
        Assert.Equal([], Check(image, _ => { }));

        // What is wrong in a table has the place of its block, since blocks may be compressed; the byte in it is in the message.
        var block = Field(image, InodeTable) + (Field(image, RootInode) >> 16);
        var root = block + MetadataHeader + (Field(image, RootInode) & 0xFFFF);
        AssertFinds("data", Superblock.Size + noise.Length, bytes => bytes.AsSpan(Superblock.Size + noise.Length + 20, 40).Fill(0xFF), "/zeros");
        AssertFinds("links", block, bytes => bytes[root + Links]++, "counts 4 links; there are 3");
        AssertFinds("mode", block, bytes => bytes[root + Mode + 1] |= 0xF0, "only permission bits belong there");
        var export = Field(image, Field(image, ExportTable));
        AssertFinds("export", export, bytes => bytes[export + MetadataHeader] ^= 4, "is said to be at");
        var used = Field(image, BytesUsed);
        AssertFinds("used", used, bytes => BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(BytesUsed), used + 8), $"but {used + 8} bytes are said to be in use");

        void AssertFinds(string what, long place, Action<byte[]> damage, string expected)
        {
            var finding = Check(image, damage).FirstOrDefault(finding => finding.Message.Contains(expected, StringComparison.Ordinal));
            Assert.True(finding is not null, $"{what}: {string.Join("; ", Check(image, damage).Select(found => found.Message))}");
            Assert.Equal((what, place), (what, finding.Offset));
        }
    }

    private static IReadOnlyList<SquashFsFinding> Check(byte[] image, Action<byte[]> damage)
    {
        byte[] bytes = [.. image];
        damage(bytes);
        return SquashFsImage.Open(Content.From(bytes)).Check();
    }

    private static long Field(byte[] image, long at) => BinaryPrimitives.ReadInt64LittleEndian(image.AsSpan((int)at));
}
