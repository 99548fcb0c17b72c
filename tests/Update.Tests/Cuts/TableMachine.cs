using ImageBuilder.Formats.Gpt;
using ImageBuilder.Formats.Trees;
using ImageBuilder.Update.Tests.Model;
using DeviceState = ImageBuilder.Update.Tests.Model.State;

namespace ImageBuilder.Update.Tests.Cuts;

/// <summary>A modelled disk with a partition table, and something written to each partition.</summary>
internal sealed class TableMachine(World world, long length, int sectorSize)
{
    private uint guids;

    public World World { get; } = world;

    public ModelDisk Disk { get; } = new(world, length, sectorSize);

    /// <summary>A shipped image on a longer disk.</summary>
    /// <param name="imageLength">Bytes of the image; its table is for a disk as long as that.</param>
    /// <param name="sectorSize">Bytes per sector.</param>
    /// <param name="partitions">Name, first byte, bytes.</param>
    public static DeviceState Shipped(long imageLength, int sectorSize, params (string Name, long Offset, long Length)[] partitions)
    {
        var world = new World(new DeviceState());
        var disk = new ModelDisk(world, imageLength, sectorSize);
        var table = GptTable.Layout(new GptOptions { DiskGuid = Shipped(0), TotalSectors = (ulong)(imageLength / sectorSize), SectorSize = sectorSize },
            [.. partitions.Select((part, i) => new GptPartition(GptType.LinuxFileSystem, Shipped(i + 1), (ulong)(part.Offset / sectorSize), (ulong)((part.Offset + part.Length) / sectorSize) - 1, part.Name))]);
        var mbr = new byte[sectorSize];
        Mbr.Write("boot code"u8, 0, [Mbr.Protective((ulong)(imageLength / sectorSize)), new MbrPartition(MbrType.Empty, 0, 1, Active: true)]).CopyTo(mbr, 0);
        disk.Write(0, mbr);
        disk.Write(sectorSize, table.WritePrimary());
        disk.Write((long)table.BackupLba * sectorSize, table.WriteBackup());
        foreach (var (name, offset, size) in partitions)
        {
            disk.Write(offset, Marker(name, sectorSize));
            disk.Write(offset + size - sectorSize, Marker(name, sectorSize));
        }
        return world.AfterShutdown();
    }

    /// <summary>Every state that a cut leaves has a whole table with the partitions where they were, and nothing of theirs is overwritten.</summary>
    public GptDisk CheckWhole((string Name, long Offset, long Length)[] partitions)
    {
        var gpt = DiskTables.Read(new DiskContent(Disk))!.Gpt!;
        foreach (var (name, offset, size) in partitions)
        {
            var found = gpt.Partitions.Single(entry => entry.Partition.Name == name).Partition;
            Assert.Equal(offset, (long)found.FirstLba * sectorSize);
            foreach (var at in (long[])[offset, offset + size - sectorSize])
            {
                var bytes = new byte[sectorSize];
                Disk.Read(at, bytes);
                Assert.True(bytes.AsSpan().SequenceEqual(Marker(name, sectorSize)), $"{name} was overwritten at byte {at}");
            }
        }
        var mbr = new byte[sectorSize];
        Disk.Read(0, mbr);
        Assert.True(mbr.AsSpan().StartsWith("boot code"u8) && mbr[446 + 16] == 0x80, "the boot code or the active entry is gone");
        return gpt;
    }

    /// <summary>Both copies are sound, at their places, and say the same.</summary>
    public void CheckFinished(GptDisk gpt)
    {
        Assert.Equal((null, null, (ulong)(Disk.Length / sectorSize) - 1), (gpt.PrimaryFault, gpt.BackupFault, gpt.AlternateLba));
        Assert.Equal((uint)(Disk.Length / sectorSize) - 1, Mbr.Read(new DiskContent(Disk))!.Partitions.Single(entry => entry.Partition.Type == MbrType.GptProtective).Partition.SectorCount);
    }

    /// <summary>Version 4, the same ones for each machine.</summary>
    public Guid NewGuid() => new($"00000000-0000-4000-8000-{guids++:x12}");

    private static Guid Shipped(int number) => new($"11111111-0000-8000-8000-{number:x12}");

    private static byte[] Marker(string name, int length) => [.. Enumerable.Range(0, length).Select(i => (byte)name[i % name.Length])];

    private sealed class DiskContent(ModelDisk disk) : Content
    {
        public override long Length => disk.Length;

        public override void Read(long offset, Span<byte> buffer)
        {
            var block = disk.BlockLength;
            var start = offset / block * block;
            var whole = new byte[(offset + buffer.Length + block - 1) / block * block - start];
            disk.Read(start, whole);
            whole.AsSpan((int)(offset - start), buffer.Length).CopyTo(buffer);
        }
    }
}
