using System.Buffers.Binary;
using ImageBuilder.Formats.Gpt;
using ImageBuilder.Formats.Iso9660;
using ImageBuilder.Formats.Tests.Iso9660;
using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Formats.Tests.Gpt;

public class DiskTablesTests
{
    private static readonly GptOptions Options = new() { DiskGuid = new Guid(IsoFixture.DiskGuid), TotalSectors = 8192 };

    [Theory]
    [InlineData(512)]
    [InlineData(4096)]
    public void What_our_writer_wrote_comes_back_as_it_was(int sectorSize)
    {
        var read = DiskTables.Read(Content.From(Disk(sectorSize)))!;

        Assert.Equal((sectorSize, Options.DiskGuid, 128), (read.Gpt!.SectorSize, read.Gpt.DiskGuid, read.Gpt.EntryCount));
        Assert.Equal(Partitions.Select((partition, index) => (index + 1, partition)), read.Gpt.Partitions);
        Assert.Equal((null, null), (read.Gpt.PrimaryFault, read.Gpt.BackupFault));
        Assert.True(read.Mbr!.IsProtective);
        Assert.Equal((100L * sectorSize, 100L * sectorSize), (read.Partitions[0].Offset, read.Partitions[0].Length));
    }

    [Theory]
    [InlineData(HybridLayout.ValidGpt, true, 2)]
    [InlineData(HybridLayout.IsohybridGpt, true, 2)]
    [InlineData(HybridLayout.MbrOnly, false, 2)]
    public void Hybrid_images_show_what_a_stick_would(HybridLayout layout, bool gpt, int partitions)
    {
        var read = DiskTables.Read(Content.From(IsoFixture.Bytes(IsoFixture.Sample(), IsoFixture.Bootable(layout))))!;

        Assert.Equal((gpt, partitions), (read.Gpt is not null, read.Partitions.Count));
        Assert.Equal("EFI system partition", read.Partitions[1].Type);
    }

    [Fact]
    public void A_damaged_primary_is_replaced_by_the_backup_and_a_damaged_backup_is_told()
    {
        foreach (var at in (int[])[512, 512 + 16, 512 + 60, 1024 + 40])
        {
            var bytes = Disk(512);
            bytes[at] ^= 1;
            var read = DiskTables.Read(Content.From(bytes))!.Gpt!;
            Assert.NotNull(read.PrimaryFault);
            Assert.Equal(Partitions, read.Partitions.Select(entry => entry.Partition));
        }
        var backup = Disk(512);
        backup[^500] ^= 1;
        var other = DiskTables.Read(Content.From(backup))!.Gpt!;
        Assert.Equal((true, false), (other.PrimaryFault is null, other.BackupFault is null));
    }

    [Fact]
    public void Two_damaged_copies_are_corrupt_and_so_is_a_protective_MBR_without_any()
    {
        var both = Disk(512);
        both[520] ^= 1;
        both[^500] ^= 1;
        Assert.Equal("IB2307", Refused(both));
        var none = Disk(512);
        none.AsSpan(512).Clear();
        Assert.Equal("IB2307", Refused(none));
    }

    [Fact]
    public void A_partition_outside_the_disk_or_of_negative_length_is_corrupt()
    {
        Assert.Equal("IB2308", Refused(Disk(512, new GptPartition(GptType.LinuxFileSystem, Guid.NewGuid(), 100, 9_000_000, "far"))));
        Assert.Equal("IB2308", Refused(Disk(512, new GptPartition(GptType.LinuxFileSystem, Guid.NewGuid(), 200, 100, "backwards"))));
    }

    [Fact]
    public void Logical_partitions_are_followed_and_their_loops_refused()
    {
        var bytes = new byte[4 << 20];
        Mbr.Write([], 0x1234, [new MbrPartition(MbrType.Linux, 64, 64), new MbrPartition(0x05, 1024, 4096)]).CopyTo(bytes, 0);
        Mbr.Write([], 0, [new MbrPartition(MbrType.Linux, 8, 100), new MbrPartition(0x05, 512, 512)]).CopyTo(bytes, 1024 * 512);
        Mbr.Write([], 0, [new MbrPartition(MbrType.Linux, 8, 50)]).CopyTo(bytes, 1536 * 512);

        Assert.Equal([(1, 64L * 512), (5, 1032L * 512), (6, 1544L * 512)], DiskTables.Read(Content.From(bytes))!.Partitions.Select(partition => (partition.Number, partition.Offset)));

        Mbr.Write([], 0, [new MbrPartition(MbrType.Linux, 8, 50), new MbrPartition(0x05, 512, 512)]).CopyTo(bytes, 1536 * 512);
        Assert.Equal("IB2306", Refused(bytes));
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(1536 * 512 + 446 + 16 + 8), uint.MaxValue);
        Assert.Equal("IB2306", Refused(bytes));
    }

    [ToolTheory("sgdisk")]
    [InlineData("--new=1:2048:+1M", "--typecode=1:ef00", "--new=5:0:+1M", "--change-name=5:data")]
    [InlineData("--new=2:4096:8191", "--typecode=2:8300", "--resize-table=256", "--attributes=2:set:2")]
    public void Disks_of_sgdisk_are_read_as_it_reports_them(params string[] options)
    {
        using var folder = new TempFolder();
        using (var file = File.Create(folder["disk"]))
            file.SetLength(8 << 20);
        Tool.Run("sgdisk", ["--clear", .. options, folder["disk"]]);

        var gpt = DiskTables.Read(Content.From(File.ReadAllBytes(folder["disk"])))!.Gpt!;

        Assert.Equal((null, null), (gpt.PrimaryFault, gpt.BackupFault));
        foreach (var (number, partition) in gpt.Partitions)
        {
            var report = Tool.Run("sgdisk", $"--info={number}", folder["disk"]);
            Assert.Contains($"Partition GUID code: {partition.Type.ToString().ToUpperInvariant()}", report, StringComparison.Ordinal);
            Assert.Contains($"unique GUID: {partition.Id.ToString().ToUpperInvariant()}", report, StringComparison.Ordinal);
            Assert.Contains($"First sector: {partition.FirstLba} ", report, StringComparison.Ordinal);
            Assert.Contains($"Last sector: {partition.LastLba} ", report, StringComparison.Ordinal);
            Assert.Contains($"Partition name: '{partition.Name}'", report, StringComparison.Ordinal);
        }
        Assert.Contains(gpt.DiskGuid.ToString().ToUpperInvariant(), Tool.Run("sgdisk", "--print", folder["disk"]), StringComparison.Ordinal);
        Assert.NotEmpty(gpt.Partitions);
    }

    [Fact]
    public void Five_hundred_damaged_disks_end_in_tables_or_an_error()
    {
        var bytes = new byte[256 << 10];
        var table = GptTable.Layout(Options with { TotalSectors = 512 }, [new GptPartition(GptType.EfiSystem, new Guid(IsoFixture.EfiGuid), 64, 100, "esp")]);
        Mbr.Write([], 7, [Mbr.Protective(512), new MbrPartition(0x05, 40, 300)]).CopyTo(bytes, 0);
        Mbr.Write([], 0, [new MbrPartition(MbrType.Linux, 8, 10), new MbrPartition(0x05, 20, 20)]).CopyTo(bytes, 40 * 512);
        Mbr.Write([], 0, [new MbrPartition(MbrType.Linux, 8, 5)]).CopyTo(bytes, 60 * 512);
        table.WritePrimary().CopyTo(bytes, 512);
        table.WriteBackup().CopyTo(bytes, bytes.Length - table.WriteBackup().Length);

        var refused = Mutations.Survive<ImageException>(bytes, 500, seed: 2306, memoryCap: 16 << 20, mutant => _ = DiskTables.Read(Content.From(mutant))?.Structures.ToList());
        Assert.InRange(refused, 10, 500);
    }

    private static GptPartition[] Partitions { get; } =
    [
        new(GptType.EfiSystem, new Guid(IsoFixture.EfiGuid), 100, 199, "EFI system"),
        new(GptType.LinuxFileSystem, new Guid(IsoFixture.IsoGuid), 300, 400, "Wurzel ünï", GptAttributes.ReadOnly),
    ];

    private static byte[] Disk(int sectorSize, params GptPartition[] partitions)
    {
        var bytes = new byte[8192L * sectorSize];
        var table = GptTable.Layout(Options with { SectorSize = sectorSize, AllowInvalidPositions = partitions.Length > 0 }, partitions.Length > 0 ? partitions : Partitions);
        Mbr.Write([], 7, [Mbr.Protective(8192)]).CopyTo(bytes, 0);
        table.WritePrimary().CopyTo(bytes, sectorSize);
        table.WriteBackup().CopyTo(bytes, (long)table.BackupLba * sectorSize);
        return bytes;
    }

    private static string Refused(byte[] bytes)
    {
        var error = Assert.Throws<ImageException>(() => DiskTables.Read(Content.From(bytes)));
        Assert.Equal(ImageErrorKind.Corrupt, error.Kind);
        Assert.Contains("byte ", error.Message, StringComparison.Ordinal);
        return error.Id;
    }
}
