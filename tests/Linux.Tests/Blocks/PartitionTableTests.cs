using System.Buffers.Binary;
using ImageBuilder.Linux.Blocks;

namespace ImageBuilder.Linux.Tests.Blocks;

public class PartitionTableTests
{
    [ToolFact("sgdisk", "truncate")]
    public void A_gpt_partition_has_the_identifier_that_sgdisk_gave_it()
    {
        using var folder = new TempFolder();
        Tool.Run("truncate", "-s", "8M", folder["disk"]);
        Tool.Run("sgdisk", "-n", "1:2048:4095", "-n", "3:4096:8191", "-u", "1:0FC63DAF-8483-4772-8E79-3D69D8477DE4", "-u", "3:C12A7328-F81F-11D2-BA4B-00A0C93EC93B", folder["disk"]);
        using var disk = File.OpenHandle(folder["disk"]);
        Assert.Equal("0fc63daf-8483-4772-8e79-3d69d8477de4", PartitionTable.PartitionUuid(disk, 512, 1));
        Assert.Equal("c12a7328-f81f-11d2-ba4b-00a0c93ec93b", PartitionTable.PartitionUuid(disk, 512, 3));
        Assert.Null(PartitionTable.PartitionUuid(disk, 512, 2));
        Assert.Null(PartitionTable.PartitionUuid(disk, 512, 0));
        Assert.Null(PartitionTable.PartitionUuid(disk, 512, 5000));
    }

    [ToolFact("sgdisk", "truncate")]
    public void When_the_first_header_is_gone_the_backup_at_the_disks_end_tells()
    {
        using var folder = new TempFolder();
        Tool.Run("truncate", "-s", "8M", folder["disk"]);
        Tool.Run("sgdisk", "-n", "1:2048:4095", "-u", "1:0FC63DAF-8483-4772-8E79-3D69D8477DE4", folder["disk"]);
        using var disk = File.OpenHandle(folder["disk"], access: FileAccess.ReadWrite);
        RandomAccess.Write(disk, new byte[512], 512);
        Assert.Equal("0fc63daf-8483-4772-8e79-3d69d8477de4", PartitionTable.PartitionUuid(disk, 512, 1, 8 << 20));
        Assert.Null(PartitionTable.PartitionUuid(disk, 512, 1));
        RandomAccess.Write(disk, new byte[512], 0); // a disk without the protective MBR is somebody else's
        Assert.Null(PartitionTable.PartitionUuid(disk, 512, 1, 8 << 20));
    }

    [ToolFact("sfdisk", "sh", "truncate")]
    public void An_mbr_partition_is_named_by_signature_and_number()
    {
        using var folder = new TempFolder();
        Tool.Run("truncate", "-s", "8M", folder["disk"]);
        Tool.Run("sh", "-c", $"printf 'label: dos\\nlabel-id: 0xdeadbeef\\nstart=2048, type=c\\n' | sfdisk -q {folder["disk"]}");
        using var disk = File.OpenHandle(folder["disk"]);
        Assert.Equal("deadbeef-01", PartitionTable.PartitionUuid(disk, 512, 1));
    }

    [Fact]
    public void A_table_that_points_beyond_every_disk_has_none()
    {
        using var folder = new TempFolder();
        var bytes = new byte[4096];
        "EFI PART"u8.CopyTo(bytes.AsSpan(512));
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(512 + 72), long.MaxValue); // first entry's sector
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(512 + 80), 128);           // entries
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(512 + 84), 128);           // bytes of one
        File.WriteAllBytes(folder["disk"], bytes);
        using var disk = File.OpenHandle(folder["disk"]);
        Assert.Null(PartitionTable.PartitionUuid(disk, 512, 1));
    }

    [Fact]
    public void A_disk_without_a_table_has_none()
    {
        using var folder = new TempFolder();
        File.WriteAllBytes(folder["disk"], new byte[4096]);
        using var disk = File.OpenHandle(folder["disk"]);
        Assert.Null(PartitionTable.PartitionUuid(disk, 512, 1));
    }
}
