using System.Buffers.Binary;
using ImageBuilder.Formats.Gpt;
using ImageBuilder.Formats.Iso9660;
using ImageBuilder.Formats.Tests.Iso9660;
using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Formats.Tests.Gpt;

public class AppleMapTests
{
    private const int BlockSize = 2048;

    /// <summary>The options that Debian's live-build gives to xorriso; of its MBR only the "ER" that isohdpfx.bin begins with matters here.</summary>
    [ToolFact("xorriso")]
    public void The_map_of_a_hybrid_image_of_xorriso_is_read_as_xorriso_reports_it()
    {
        using var folder = new TempFolder();
        Directory.CreateDirectory(folder["in"]);
        File.WriteAllBytes(folder["in/efi.img"], IsoFixture.Pattern(20 * BlockSize));
        File.WriteAllBytes(folder["in/isolinux.bin"], IsoFixture.Pattern(3 * BlockSize));
        var mbr = new byte[432];
        byte[] head = [0x45, 0x52, 0x08, 0x00, 0x00, 0x00, 0x90, 0x90];
        head.CopyTo(mbr, 0);
        File.WriteAllBytes(folder["mbr"], mbr);
        Tool.Run("xorriso", "-as", "mkisofs", "-R", "-J", "-isohybrid-mbr", folder["mbr"], "-partition_offset", "16", "-b", "isolinux.bin", "-c", "boot.cat", "-no-emul-boot", "-boot-load-size", "4",
            "-boot-info-table", "-eltorito-alt-boot", "-e", "efi.img", "-no-emul-boot", "-isohybrid-gpt-basdat", "-isohybrid-apm-hfsplus", "-o", folder["a.iso"], folder["in"]);
        var reported = Tool.Run("xorriso", "-indev", folder["a.iso"], "-report_system_area", "plain").Split('\n')
            .Single(line => line.StartsWith("APM start and size :", StringComparison.Ordinal)).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        var content = Content.From(File.ReadAllBytes(folder["a.iso"]));

        var tables = DiskTables.Read(content)!;

        Assert.Equal((true, true, BlockSize, null), (tables.Mbr is not null, tables.Gpt is not null, tables.Apple!.BlockSize, tables.Apple.Fault));
        Assert.Equal([("Apple_partition_map", "Apple"), ("Apple_HFS", "EFI")], tables.Apple.Partitions.Select(partition => (partition.Type, partition.Name)));
        var efi = tables.Apple.Partitions[1];
        Assert.Equal((reported[^2], reported[^1]), ($"{efi.Offset / BlockSize}", $"{efi.Length / BlockSize}"));
        Assert.Equal(IsoFixture.Pattern(20 * BlockSize), content.Slice(efi.Offset, efi.Length).ToArray());
        Assert.StartsWith("Apple partition map, entry 2", IsoVolume.Open(content).Locate(2 * BlockSize), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(512)]
    [InlineData(2048)]
    public void A_disk_may_have_nothing_but_the_map(int blockSize)
    {
        var tables = DiskTables.Read(Content.From(Disk(blockSize)))!;

        Assert.Equal((null, null, null), (tables.Mbr, tables.Gpt, tables.Apple!.Fault));
        Assert.Equal([new DiskPartition(1, blockSize, 2 * blockSize, "Apple_partition_map", "Apple"), new DiskPartition(2, 8 * blockSize, 4 * blockSize, "Apple_HFS", "")], tables.Partitions);
    }

    [Fact]
    public void A_damaged_map_keeps_the_entries_before_the_damage_and_tells_it()
    {
        var lost = Disk(512);
        lost[2 * 512] ^= 1;
        var behind = Disk(512);
        BinaryPrimitives.WriteUInt32BigEndian(behind.AsSpan(2 * 512 + 8), uint.MaxValue);
        foreach (var (bytes, place) in new[] { (lost, "byte 1024"), (behind, "byte 1024"), (Disk(512)[..1400], "byte 1024") })
        {
            var map = AppleMap.Read(Content.From(bytes))!;
            Assert.Equal(1, Assert.Single(map.Partitions).Number);
            Assert.StartsWith(place, map.Fault, StringComparison.Ordinal);
        }
        var many = Disk(512);
        BinaryPrimitives.WriteUInt32BigEndian(many.AsSpan(512 + 4), 257);
        Assert.Contains("257", AppleMap.Read(Content.From(many))!.Fault, StringComparison.Ordinal);
    }

    [Fact]
    public void Boot_code_that_begins_as_a_map_does_is_none_by_itself()
    {
        var bytes = Disk(512);
        bytes[512] = 0;
        Assert.Null(DiskTables.Read(Content.From(bytes)));
        Assert.Null(AppleMap.Read(Content.From("ER")));
        Assert.Null(AppleMap.Read(Content.From("ER\0\0")));
    }

    private static byte[] Disk(int blockSize)
    {
        var disk = new byte[16 * blockSize];
        "ER"u8.CopyTo(disk);
        BinaryPrimitives.WriteUInt16BigEndian(disk.AsSpan(2), (ushort)blockSize);
        Entry(disk.AsSpan(blockSize), 1, 2, "Apple"u8, "Apple_partition_map"u8);
        Entry(disk.AsSpan(2 * blockSize), 8, 4, ""u8, "Apple_HFS"u8);
        return disk;
    }

    private static void Entry(Span<byte> entry, uint first, uint count, ReadOnlySpan<byte> name, ReadOnlySpan<byte> type)
    {
        "PM"u8.CopyTo(entry);
        BinaryPrimitives.WriteUInt32BigEndian(entry[4..], 2);
        BinaryPrimitives.WriteUInt32BigEndian(entry[8..], first);
        BinaryPrimitives.WriteUInt32BigEndian(entry[12..], count);
        name.CopyTo(entry[16..]);
        type.CopyTo(entry[48..]);
    }
}
