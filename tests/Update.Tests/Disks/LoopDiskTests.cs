using ImageBuilder.Formats;
using ImageBuilder.Formats.Gpt;
using ImageBuilder.Formats.Trees;
using ImageBuilder.Linux;
using ImageBuilder.Linux.Blocks;
using ImageBuilder.Update.Data;
using ImageBuilder.Update.Disks;

namespace ImageBuilder.Update.Tests.Disks;

/// <summary>Real disks: the kernel's partitions, its ext4, and e2fsck as the judge.</summary>
public class LoopDiskTests
{
    private const long MiB = 1 << 20;

    /// <summary>How the builder makes the file system of a data partition, but for quotas: not every kernel mounts those.</summary>
    private static readonly string[] Mke2fs = ["-q", "-t", "ext4", "-b", "4096", "-J", "size=64", "-O", "metadata_csum_seed,metadata_csum,64bit", "-L", DataLayout.Label, "-U", "11111111-2222-8333-8444-555555555555"];

    [RootFact("mke2fs", "e2fsck", "dumpe2fs", "losetup", "partx", "mount", "sgdisk")]
    public void A_template_becomes_a_partition_of_a_stick_and_grows_while_it_is_mounted()
    {
        using var folder = new TempFolder();
        Tool.Run("mke2fs", [.. Mke2fs, folder["template"], "256M"]);
        MakeStick(folder["stick"], 2048 * MiB);
        using var loop = new TestLoop(folder["stick"]);

        GrowthResult made;
        using (var disk = RawDevice.OpenShared(loop.Path))
        using (var file = File.OpenHandle(folder["template"]))
        {
            // What was there before, also where the template has zeros: it must not shine through.
            using var junk = new AlignedBuffer((int)MiB);
            junk.Span.Fill(0xA5);
            for (var at = 20 * MiB; at < 300 * MiB; at += 3 * MiB)
                disk.Write(at, junk.Span);
            made = PartitionCreation.Create(disk, DataLayout.Label, Content.From(file, 0, RandomAccess.GetLength(file), "template"), Guid.NewGuid);
        }
        BlockPartitions.Add(loop.Path, made.Number, made.Offset, made.Length);
        Check(loop.Partition(made.Number));
        Assert.DoesNotContain("11111111-2222", Tool.Run("dumpe2fs", "-h", loop.Partition(made.Number)), StringComparison.Ordinal);
        Directory.CreateDirectory(folder["mount"]);
        Tool.Run("mount", loop.Partition(made.Number), folder["mount"]);
        try
        {
            File.WriteAllText(folder["mount"] + "/before", "kept");
            Grow(folder["mount"], made.Length, 1800 * MiB);
            Assert.Equal("kept", File.ReadAllText(folder["mount"] + "/before"));
        }
        finally
        {
            Tool.Run("umount", folder["mount"]);
        }
        Check(loop.Partition(made.Number));
        Assert.Contains("No problems found", Tool.Run("sgdisk", "--verify", loop.Path), StringComparison.Ordinal);
    }

    [RootTheory("losetup", "partx", "sgdisk", "mke2fs", "e2fsck", "mount")]
    [InlineData(512)]
    [InlineData(4096)]
    public void A_disk_that_grew_has_its_last_partition_grown_to_the_end(int sectorSize)
    {
        using var folder = new TempFolder();
        MakeDisk(folder["disk"], sectorSize, 400 * MiB, 300 * MiB);
        Tool.Run("truncate", "--size=700M", folder["disk"]);
        using var loop = new TestLoop(folder["disk"], sectorSize);
        BlockPartitions.Add(loop.Path, 2, 100 * MiB, 299 * MiB);
        Tool.Run("mke2fs", [.. Mke2fs, loop.Partition(2)]);
        Directory.CreateDirectory(folder["mount"]);
        Tool.Run("mount", loop.Partition(2), folder["mount"]);
        try
        {
            GrowthResult grown;
            using (var disk = RawDevice.OpenShared(loop.Path))
                grown = DiskGrowth.Apply(disk, DataLayout.Label, Guid.NewGuid);
            Assert.Equal((true, 2, 100 * MiB, 599 * MiB), (grown.HasGrown, grown.Number, grown.Offset, grown.Length));
            BlockPartitions.Resize(loop.Path, grown.Number, grown.Offset, grown.Length);
            Grow(folder["mount"], grown.Length, 480 * MiB);
        }
        finally
        {
            Tool.Run("umount", folder["mount"]);
        }
        Check(loop.Partition(2));
        Assert.Contains("No problems found", Tool.Run("sgdisk", "--verify", loop.Path), StringComparison.Ordinal);
    }

    [ToolFact("mke2fs", "e2fsck")]
    public void A_template_with_quotas_and_another_identifier_is_whole_for_e2fsck()
    {
        using var folder = new TempFolder();
        Tool.Run("mke2fs", [.. Mke2fs, "-O", "quota,project", "-E", "quotatype=prjquota", folder["template"], "256M"]);
        File.WriteAllBytes(folder["partition"], new byte[300 * MiB]);
        using (var file = File.OpenHandle(folder["template"]))
        using (var device = RawDevice.Open(folder["partition"], isBlockDevice: false))
            Ext4Template.Write(Content.From(file, 0, RandomAccess.GetLength(file), "template"), device, new Guid("22222222-2222-4333-8444-555555555555"));
        Check(folder["partition"]);
        Assert.Contains("22222222-2222-4333-8444-555555555555", Tool.Run("dumpe2fs", "-h", folder["partition"]), StringComparison.Ordinal);
        Assert.Contains("22222222-2222-4333-8444-555555555555", Tool.Run("dumpe2fs", "-h", "-o", "superblock=32768", "-o", "blocksize=4096", folder["partition"]), StringComparison.Ordinal);
    }

    [Fact]
    public void A_disk_that_cannot_grow_is_refused_with_the_reason()
    {
        using var folder = new TempFolder();
        MakeDisk(folder["disk"], 512, 40 * MiB, 30 * MiB);
        using (var disk = RawDevice.Open(folder["disk"], isBlockDevice: false))
        {
            var error = Assert.Throws<ImageException>(() => DiskGrowth.Apply(disk, "another", Guid.NewGuid));
            Assert.Equal("IB6032", error.Id);
            Assert.Contains("'ib-data', not 'another'", error.Message, StringComparison.Ordinal);
            Assert.Equal("IB6034", Assert.Throws<ImageException>(() => PartitionCreation.Create(disk, DataLayout.Label, Content.Empty, Guid.NewGuid)).Id);
            Assert.Equal("IB6035", Assert.Throws<ImageException>(() => PartitionCreation.Create(disk, "other", Content.From(new byte[MiB]), Guid.NewGuid)).Id);
        }
        File.WriteAllBytes(folder["empty"], new byte[MiB]);
        using var empty = RawDevice.Open(folder["empty"], isBlockDevice: false);
        Assert.Equal("IB6031", Assert.Throws<ImageException>(() => DiskGrowth.Apply(empty, DataLayout.Label, Guid.NewGuid)).Id);
    }

    [ToolFact("mke2fs")]
    public void An_identifier_is_only_changed_where_no_checksum_depends_on_it()
    {
        using var folder = new TempFolder();
        Tool.Run("mke2fs", "-q", "-t", "ext4", "-b", "4096", "-O", "^metadata_csum_seed", folder["fs"], "16M");
        using var device = RawDevice.Open(folder["fs"], isBlockDevice: false);
        var error = Assert.Throws<LinuxException>(() => Ext4.SetUuid(device, Guid.NewGuid()));
        Assert.Contains("metadata_csum_seed", error.Message, StringComparison.Ordinal);
    }

    /// <summary>Where tests may do it: the kernel wants CAP_SYS_RESOURCE for it, which root of a container may lack.</summary>
    private static void Grow(string mount, long length, long atLeast)
    {
        const int capSysResource = 24;
        var capabilities = File.ReadLines("/proc/self/status").Single(line => line.StartsWith("CapEff:", StringComparison.Ordinal)).Split('\t')[1];
        if ((Convert.ToUInt64(capabilities, 16) >> capSysResource & 1) == 0)
        {
            Assert.Equal(Errno.EPERM, Assert.Throws<LinuxException>(() => Ext4.Grow(mount, length)).Number);
            return;
        }
        Ext4.Grow(mount, length);
        Ext4.Grow(mount, length); // as after a cut
        Assert.InRange(new DriveInfo(mount).TotalSize, atLeast, length);
        Assert.Equal(Errno.EINVAL, Assert.Throws<LinuxException>(() => Ext4.Grow(mount, 64 * MiB)).Number);
    }

    private static void Check(string partition) => Tool.Run("e2fsck", "-f", "-n", partition);

    private static void MakeStick(string path, long length) =>
        Write(path, length, 512, 16 * MiB, (32768, 8 * MiB - 32768, "ISO9660"), (8 * MiB, 4 * MiB, "EFI system"));

    private static void MakeDisk(string path, int sectorSize, long length, long data) =>
        Write(path, length, sectorSize, length, (MiB, MiB, "esp"), (length - data, data - MiB, DataLayout.Label));

    private static void Write(string path, long length, int sectorSize, long imageLength, params (long Offset, long Length, string Name)[] partitions)
    {
        var sector = (ulong)sectorSize;
        var table = GptTable.Layout(new GptOptions { DiskGuid = new Guid("11111111-0000-8000-8000-000000000000"), TotalSectors = (ulong)imageLength / sector, SectorSize = sectorSize },
            [.. partitions.Select((part, i) => new GptPartition(GptType.LinuxFileSystem, new Guid($"11111111-0000-8000-8000-{i + 1:x12}"), (ulong)part.Offset / sector, (ulong)(part.Offset + part.Length) / sector - 1, part.Name))]);
        using var file = File.Create(path);
        file.SetLength(length);
        file.Write(Mbr.Write([], 0, [Mbr.Protective((ulong)imageLength / sector)]));
        file.Position = sectorSize;
        file.Write(table.WritePrimary());
        file.Position = (long)(table.BackupLba * sector);
        file.Write(table.WriteBackup());
    }
}
