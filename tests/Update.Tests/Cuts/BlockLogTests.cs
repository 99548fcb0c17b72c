using ImageBuilder.Linux.Blocks;
using ImageBuilder.Update.State;

namespace ImageBuilder.Update.Tests.Cuts;

/// <summary>The log of a disk's writes as QEMU makes it, and the state record's writes cut in it.</summary>
public class BlockLogTests
{
    [ToolFact("qemu-io")]
    public void A_log_replayed_to_its_end_is_the_disk()
    {
        using var folder = new TempFolder();
        Log(folder, "write -P 0x11 0 4k", "write -P 0x22 64k 8k", "flush", "write -z 0 1k", "write -P 0x33 512k 512", "discard 64k 4k", "write -P 0x44 64k 1k");
        var log = BlockLog.Read(folder["log"]);

        using (var copy = File.OpenHandle(folder["copy"], FileMode.CreateNew, FileAccess.ReadWrite))
        {
            RandomAccess.SetLength(copy, new FileInfo(folder["disk"]).Length);
            log.Replay(log.Cuts().Last(cut => cut.Writes.Count == log.Entries.Count(entry => entry.Length > 0) && cut.LastLength is null), copy);
        }

        Assert.Equal(File.ReadAllBytes(folder["disk"]), File.ReadAllBytes(folder["copy"]));
        Assert.Contains(log.Cuts(), cut => cut.What == "after 2 entries, without 0");
        Assert.DoesNotContain(log.Cuts(), cut => cut.What == "after 4 entries, without 0"); // a flush lies between
    }

    [ToolFact("qemu-io")]
    public void At_every_cut_of_a_logged_disk_the_record_is_the_one_before_or_after()
    {
        using var folder = new TempFolder();
        File.WriteAllBytes(folder["partition"], new byte[PartitionCopies.PartitionLength]);
        var commands = new List<string>();
        using (var device = RawDevice.Open(folder["partition"], isBlockDevice: false))
        {
            var store = new StateStore(new PartitionCopies(device));
            var record = StateRecord.AsShipped(Device.Factory);
            for (uint write = 0; write < 6; write++)
            {
                var before = File.ReadAllBytes(folder["partition"]);
                record = store.Save(record with { Epoch = write });
                var after = File.ReadAllBytes(folder["partition"]);
                var copy = Enumerable.Range(0, IStateCopies.Count).Single(i => !Place(before, i).SequenceEqual(Place(after, i)));
                File.WriteAllBytes(folder[$"place{write}"], Place(after, copy).ToArray());
                commands.AddRange([$"write -s {folder[$"place{write}"]} {copy * PartitionCopies.Distance} {IStateCopies.PlaceLength}", "flush"]);
            }
        }
        Log(folder, [.. commands]);
        var log = BlockLog.Read(folder["log"]);
        var tried = 0;
        foreach (var cut in log.Cuts().Where(cut => cut.Writes.Count > 0))
        {
            using (var disk = File.OpenHandle(folder["cut"], FileMode.Create, FileAccess.ReadWrite))
            {
                RandomAccess.SetLength(disk, PartitionCopies.PartitionLength);
                log.Replay(cut, disk);
            }
            using var device = RawDevice.Open(folder["cut"], isBlockDevice: false);
            var sequence = new StateStore(new PartitionCopies(device)).Load().Record?.Sequence;
            Assert.True(sequence == (ulong)cut.Writes.Count, $"{cut.What}: {cut.Writes.Count} writes, and the record is {sequence}");
            tried++;
        }
        Assert.True(tried >= 18, $"{tried} cuts");

        static Span<byte> Place(byte[] partition, int copy) => partition.AsSpan((int)(copy * PartitionCopies.Distance), IStateCopies.PlaceLength);
    }

    [ToolFact("qemu-io")]
    public void The_states_of_a_log_are_distinct_and_keep_what_a_flush_has_followed()
    {
        const int second = 64 << 10, torn = 512;
        using var folder = new TempFolder();
        Log(folder, "write -P 0x11 0 4k", $"write -P 0x22 {second} 4k", "flush", "write -P 0x33 0 4k");
        File.WriteAllBytes(folder["empty"], []);
        using var image = File.OpenHandle(folder["empty"]);
        var states = BlockLog.Read(folder["log"]).States(image, 1 << 20).Select(state => (At(state, 0), At(state, torn), At(state, second), At(state, second + torn))).ToList();
        Assert.Equal(
            [
                (0, 0, 0, 0), (0x11, 0, 0, 0), (0x11, 0x11, 0, 0), (0x11, 0x11, 0x22, 0), (0x11, 0x11, 0x22, 0x22), (0, 0, 0x22, 0x22),
                (0x33, 0x11, 0x22, 0x22), (0x33, 0x33, 0x22, 0x22),
            ], states);

        static int At(BlockLogState state, long offset)
        {
            var buffer = new byte[1];
            state.Disk.Read(offset, buffer);
            return buffer[0];
        }
    }

    private static void Log(TempFolder folder, params string[] commands)
    {
        foreach (var (name, length) in (IEnumerable<(string, long)>)[("disk", 1 << 20), ("log", 8 << 20)])
            using (var file = File.Create(folder[name]))
                file.SetLength(length);
        Tool.Run("qemu-io", ["--image-opts", $"driver=blklogwrites,file.driver=file,file.filename={folder["disk"]},log.driver=file,log.filename={folder["log"]},log-super-update-interval=1", .. commands.SelectMany(command => (string[])["-c", command])]);
    }
}
