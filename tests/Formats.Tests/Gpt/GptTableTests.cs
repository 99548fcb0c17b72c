using System.Buffers.Binary;
using ImageBuilder.Formats.Gpt;

namespace ImageBuilder.Formats.Tests.Gpt;

public class GptTableTests
{
    private static readonly Guid DiskGuid = new("6F9619FF-8B86-D011-B42D-00C04FC964FF");
    private static readonly Guid First = new("6F9619FF-8B86-D011-B42D-00C04FC96401");
    private static readonly Guid Second = new("6F9619FF-8B86-D011-B42D-00C04FC96402");

    [ToolFact("sgdisk", "sfdisk")]
    public void Foreign_tools_find_the_table_sound_and_read_what_was_written()
    {
        using var folder = new TempFolder();
        File.WriteAllBytes(folder["disk"], Disk(512, 8 << 20));

        Assert.Contains("No problems found", Tool.Run("sgdisk", "-v", folder["disk"]), StringComparison.Ordinal);
        Assert.Contains("No errors detected", Tool.Run("sfdisk", "--verify", folder["disk"]), StringComparison.Ordinal);
        var dump = Tool.Run("sfdisk", "-d", folder["disk"]);
        Assert.Contains($"label-id: {DiskGuid.ToString().ToUpperInvariant()}", dump, StringComparison.Ordinal);
        Assert.Contains($"start=        2048, size=        2048, type=C12A7328-F81F-11D2-BA4B-00A0C93EC93B, uuid={First.ToString().ToUpperInvariant()}, name=\"EFI system\"", dump, StringComparison.Ordinal);
        Assert.Contains("name=\"\\xc3\\xbcn\\xc3\\xaf\", attrs=\"LegacyBIOSBootable\"", dump, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(512)]
    [InlineData(4096)]
    public void Checksums_and_positions_follow_the_specification(int sectorSize)
    {
        var disk = Disk(sectorSize, 16 << 20);
        var last = disk.Length / sectorSize - 1;
        foreach (var (lba, other) in new[] { (1, last), (last, 1) })
        {
            var header = disk.AsSpan(lba * sectorSize, 92).ToArray();
            Assert.Equal("EFI PART"u8.ToArray(), header[..8]);
            Assert.Equal((ulong)lba, BinaryPrimitives.ReadUInt64LittleEndian(header.AsSpan(24)));
            Assert.Equal((ulong)other, BinaryPrimitives.ReadUInt64LittleEndian(header.AsSpan(32)));
            var entries = (int)BinaryPrimitives.ReadUInt64LittleEndian(header.AsSpan(72));
            Assert.Equal(Crc(disk.AsSpan(entries * sectorSize, 128 * 128)), BinaryPrimitives.ReadUInt32LittleEndian(header.AsSpan(88)));
            var crc = BinaryPrimitives.ReadUInt32LittleEndian(header.AsSpan(16));
            header.AsSpan(16, 4).Clear();
            Assert.Equal(Crc(header), crc);
        }
    }

    [ToolFact("fdisk")]
    public void A_table_for_4096_byte_sectors_is_read_as_such()
    {
        using var folder = new TempFolder();
        File.WriteAllBytes(folder["disk"], Disk(4096, 16 << 20));

        var listed = Tool.Run("fdisk", "-b", "4096", "-l", folder["disk"]);
        Assert.Contains("Disklabel type: gpt", listed, StringComparison.Ordinal);
        Assert.Matches(@"disk1 +256 +511 +256 +1M EFI System", listed);
        Assert.DoesNotContain("gpt", Tool.Run("fdisk", "-b", "512", "-l", folder["disk"]), StringComparison.Ordinal);
    }

    [ToolFact("sgdisk")]
    public void A_torn_primary_is_mended_from_the_backup()
    {
        using var folder = new TempFolder();
        var disk = Disk(512, 8 << 20);
        disk.AsSpan(512, 512).Clear();
        File.WriteAllBytes(folder["disk"], disk);

        Assert.Contains("EFI system", Tool.Run("sgdisk", "-p", folder["disk"]), StringComparison.Ordinal);
    }

    [Fact]
    public void Impossible_partitions_are_refused()
    {
        Assert.Equal("IB2403", Refused(Partition(First, 33, 100)));
        Assert.Equal("IB2403", Refused(Partition(First, 100, 99)));
        Assert.Equal("IB2403", Refused(Partition(First, 100, 1000 - 33)));
        Assert.Equal("IB2404", Refused(Partition(First, 100, 200), Partition(Second, 200, 300)));
        Assert.Equal("IB2405", Refused(Partition(First, 100, 200), Partition(First, 201, 300)));
        Assert.Equal("IB2406", Refused([.. Enumerable.Repeat(Partition(First, 100, 200), 129)]));
        Assert.Equal("IB2407", Refused(Partition(First, 100, 200) with { Name = new string('x', 37) }));
        Assert.Equal("IB2402", Assert.Throws<ImageException>(() => GptTable.Layout(new GptOptions { DiskGuid = DiskGuid, TotalSectors = 60 }, Array.Empty<GptPartition>())).Id);
        GptTable.Layout(Small, [Partition(First, 34, 100), Partition(Second, 101, 1000 - 34)]); // both edges

        static string Refused(params GptPartition[] partitions) => Assert.Throws<ImageException>(() => GptTable.Layout(Small, partitions)).Id;
    }

    [ToolFact("sfdisk")]
    public void An_MBR_of_its_own_holds_four_partitions()
    {
        using var folder = new TempFolder();
        var disk = new byte[8 << 20];
        Mbr.Write([0xEB, 0xFE], 0x01020304, [.. Enumerable.Range(1, 4).Select(i => new MbrPartition(MbrType.Linux, (uint)i * 2048, 2048, Active: i == 2))]).CopyTo(disk, 0);
        File.WriteAllBytes(folder["disk"], disk);

        Assert.Contains("No errors detected", Tool.Run("sfdisk", "--verify", folder["disk"]), StringComparison.Ordinal);
        var dump = Tool.Run("sfdisk", "-d", folder["disk"]);
        Assert.Contains("label-id: 0x01020304", dump, StringComparison.Ordinal);
        Assert.Equal(4, dump.Split("type=83").Length - 1);
        Assert.Contains("start=        4096, size=        2048, type=83, bootable", dump, StringComparison.Ordinal);
        Assert.Equal("IB2401", Assert.Throws<ImageException>(() => Mbr.Write([], 0, [.. Enumerable.Repeat(new MbrPartition(MbrType.Linux, 1, 1), 5)])).Id);
    }

    [Fact]
    public void CHS_addresses_saturate_where_they_end()
    {
        var sector = Mbr.Write([], 0, [new MbrPartition(MbrType.Linux, 63, 255 * 63 * 1024 - 63), new MbrPartition(MbrType.Linux, 255 * 63 * 1024, 8), Mbr.Protective(1UL << 40)]);
        Assert.Equal([1, 1, 0], sector[447..450]); // cylinder 0, head 1, sector 1
        Assert.Equal([254, 0xFF, 0xFF], sector[451..454]); // cylinder 1023, head 254, sector 63: the last that CHS has
        Assert.Equal([0xFE, 0xFF, 0xFF], sector[463..466]);
        Assert.Equal([0x00, 0x00, 0x02, 0x00, 0xEE, 0xFF, 0xFF, 0xFF, 1, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF], sector[478..494]);
    }

    private static GptOptions Small => new() { DiskGuid = DiskGuid, TotalSectors = 1000 };

    private static GptPartition Partition(Guid id, ulong first, ulong last) => new(GptType.LinuxFileSystem, id, first, last, "p");

    private static byte[] Disk(int sectorSize, int length)
    {
        var disk = new byte[length];
        var table = GptTable.Layout(new GptOptions { DiskGuid = DiskGuid, TotalSectors = (ulong)(length / sectorSize), SectorSize = sectorSize },
        [
            new GptPartition(GptType.EfiSystem, First, (ulong)((1 << 20) / sectorSize), (ulong)((2 << 20) / sectorSize) - 1, "EFI system"),
            new GptPartition(GptType.LinuxFileSystem, Second, (ulong)((2 << 20) / sectorSize), (ulong)((3 << 20) / sectorSize) - 1, "ünï", GptAttributes.LegacyBoot),
        ]);
        Mbr.Write([], 0, [Mbr.Protective((ulong)(length / sectorSize))]).CopyTo(disk, 0);
        table.WritePrimary().CopyTo(disk, sectorSize);
        table.WriteBackup().CopyTo(disk, (int)table.BackupLba * sectorSize);
        return disk;
    }

    /// <summary>CRC-32 bit by bit, written apart from the one under test.</summary>
    private static uint Crc(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        foreach (var b in bytes)
            for (var bit = 0; bit < 8; bit++)
                crc = (((crc ^ (uint)(b >> bit)) & 1) != 0) ? (crc >> 1) ^ 0xEDB88320 : crc >> 1;
        return ~crc;
    }
}
