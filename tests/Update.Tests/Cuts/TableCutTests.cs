using ImageBuilder.Formats;
using ImageBuilder.Formats.Trees;
using ImageBuilder.Update.Disks;
using ImageBuilder.Update.Tests.Model;
using Xunit.Abstractions;
using DeviceState = ImageBuilder.Update.Tests.Model.State;

namespace ImageBuilder.Update.Tests.Cuts;

/// <summary>Power cuts while a partition table changes: at each sector, in any order, and again while the first cut is got over.</summary>
[Collection(CutGroup.Name)]
public class TableCutTests(Results results, ITestOutputHelper output)
{
    private const long MiB = 1 << 20;
    private static readonly (string, long, long)[] Appliance = [("bios", MiB, MiB), ("esp", 2 * MiB, 4 * MiB), ("ib-state", 6 * MiB, MiB), ("ib-system", 7 * MiB, 8 * MiB), ("ib-data", 15 * MiB, 16 * MiB)];

    [Theory]
    [InlineData(512, 64)]
    [InlineData(512, 32)]
    [InlineData(4096, 64)]
    [InlineData(4096, 32)]
    public void A_disk_grows_and_gets_GUIDs_of_its_own(int sectorSize, int disk)
    {
        var run = new TableRun(TableMachine.Shipped(32 * MiB, sectorSize, Appliance), disk * MiB, sectorSize, Appliance,
            machine => DiskGrowth.Apply(machine.Disk, "ib-data", machine.NewGuid),
            machine =>
            {
                var gpt = machine.CheckWhole(Appliance);
                machine.CheckFinished(gpt);
                Assert.Equal((disk - 1) * MiB / sectorSize - 1, (long)gpt.Partitions[^1].Partition.LastLba);
                var guids = gpt.Partitions.Select(entry => entry.Partition.Id).Append(gpt.DiskGuid).ToList();
                Assert.All(guids, guid => Assert.Equal(4, guid.Version));
                Assert.Equal(guids.Count, guids.Distinct().Count());
                Assert.Empty(DiskGrowth.Apply(machine.Disk, "ib-data", machine.NewGuid).Done);
            });
        run.Go();
        Report($"{(disk == 32 ? "new GUIDs" : "growth and new GUIDs")}, sectors of {sectorSize}", run);
    }

    [ToolFact("mke2fs")]
    public void A_stick_gets_a_data_partition()
    {
        using var folder = new TempFolder();
        Tool.Run("mke2fs", "-q", "-t", "ext4", "-b", "4096", "-O", "^has_journal,metadata_csum,metadata_csum_seed,64bit", "-U", "11111111-2222-8333-8444-555555555555", folder["template"], "4M");
        var template = Content.From(File.ReadAllBytes(folder["template"]));
        (string, long, long)[] stick = [("ISO9660", 32768, 6 * MiB), ("EFI system", 7 * MiB, 2 * MiB)];
        var start = TableMachine.Shipped(10 * MiB, 512, stick);
        // A stick has been in use: where the file system has zeros, there is something.
        for (var sector = 10 * MiB / 512; sector < 18 * MiB / 512; sector += 611)
            start.Sectors[sector] = Enumerable.Repeat((byte)0x5A, 512).ToArray();
        List<(long, byte[])>? whole = null;
        var run = new TableRun(start, 24 * MiB, 512, stick,
            machine =>
            {
                if (machine.CheckWhole(stick).Partitions.All(entry => entry.Partition.Name != "ib-data"))
                    PartitionCreation.Create(machine.Disk, "ib-data", template, machine.NewGuid);
                else
                    // As at every boot of a stick that has one.
                    DiskGrowth.Apply(machine.Disk, "ib-data", newGuid: null);
            },
            machine =>
            {
                var gpt = machine.CheckWhole(stick);
                machine.CheckFinished(gpt);
                var data = gpt.Partitions.Single(entry => entry.Partition.Name == "ib-data");
                Assert.Equal((3, 9 * MiB / 512, 23 * MiB / 512 - 1), (data.Number, (long)data.Partition.FirstLba, (long)data.Partition.LastLba));
            },
            machine =>
            {
                // Named in the table: then it is whole.
                if (machine.CheckWhole(stick).Partitions.SingleOrDefault(entry => entry.Partition.Name == "ib-data").Partition is not { } data)
                    return;
                var found = machine.World.Memory.Sectors.Where(pair => pair.Key >= (long)data.FirstLba && pair.Key < (long)data.FirstLba + template.Length / 512).Select(pair => (pair.Key, pair.Value)).ToList();
                whole ??= found;
                Assert.Equal(whole.Count, found.Count);
                Assert.All(whole.Zip(found), pair => Assert.True(pair.First.Item1 == pair.Second.Key && pair.First.Item2.AsSpan().SequenceEqual(pair.Second.Value)));
            });
        run.Go();
        Report("data partition on a stick", run);
    }

    [Theory]
    [InlineData(0, 64)]
    [InlineData(0, 32)]
    [InlineData(1, 32)] // where the table alone changes; else the flush of the MBR covers it
    public void The_model_notices_a_missing_flush(int flush, int disk) =>
        Assert.NotNull(Record.Exception(new TableRun(TableMachine.Shipped(32 * MiB, 512, Appliance), disk * MiB, 512, Appliance,
            machine => DiskGrowth.Apply(machine.Disk, "ib-data", machine.NewGuid),
            machine =>
            {
                machine.CheckFinished(machine.CheckWhole(Appliance));
                Assert.Equal(4, machine.CheckWhole(Appliance).DiskGuid.Version);
            },
            machine => machine.CheckWhole(Appliance)) { SkippedSyncs = new HashSet<int> { flush } }.Go));

    private void Report(string what, TableRun run)
    {
        output.WriteLine($"{what}: {run.Operations} operations, {run.States} distinct states, {run.Recoveries} of them after a second fault; all recovered");
        results.Add(what, run.Operations, run.States, run.Recoveries);
        Assert.True(run.States > run.Operations);
    }

    /// <summary>One change of a table, with everything that can go wrong.</summary>
    private sealed class TableRun(DeviceState start, long length, int sectorSize, (string, long, long)[] partitions, Action<TableMachine> act, Action<TableMachine> finished, Action<TableMachine>? whole = null)
    {
        /// <summary>Of the states that one cut leaves so many are met by a second one.</summary>
        private const int SecondCuts = 8;

        private readonly HashSet<string> first = [];
        private readonly HashSet<string> second = [];

        public IReadOnlySet<int> SkippedSyncs { get; init; } = new HashSet<int>();

        public int Operations { get; private set; }

        public int States => first.Count + second.Count;

        public int Recoveries => second.Count;

        public void Go()
        {
            var sound = Machine(start, null);
            act(sound);
            Operations = sound.World.Operations;
            foreach (var state in sound.World.AfterCut())
            {
                // What was reported as done is done.
                var machine = Machine(state, null);
                finished(machine);
                Check(state, first);
            }
            foreach (var kind in Enum.GetValues<FaultKind>())
                for (var at = 0; at < Operations; at++)
                {
                    var twice = kind == FaultKind.Cut ? SecondCuts : 0;
                    foreach (var state in Break(start, new Fault(at, kind)))
                        if (Check(state, first) && twice-- > 0)
                            BreakRecovery(state);
                }
        }

        private void BreakRecovery(DeviceState state)
        {
            for (var at = 0; at < Operations; at++)
                foreach (var later in Break(state, new Fault(at, FaultKind.Cut)).Take(4 * SecondCuts))
                    if (!first.Contains(later.Digest()))
                        Check(later, second);
        }

        private IEnumerable<DeviceState> Break(DeviceState state, Fault fault)
        {
            var machine = Machine(state, fault);
            try
            {
                act(machine);
            }
            catch (PowerCutException)
            {
            }
            catch (ImageException) when (fault.Kind != FaultKind.Cut)
            {
            }
            return machine.World.AfterCut();
        }

        /// <summary>The table is whole, as a boot loader and a kernel find it, and the next boot finishes the work.</summary>
        private bool Check(DeviceState state, HashSet<string> seen)
        {
            if (!seen.Add(state.Digest()))
                return false;
            var machine = Machine(state, null);
            machine.CheckWhole(partitions);
            whole?.Invoke(machine);
            act(machine);
            finished(machine);
            return true;
        }

        private TableMachine Machine(DeviceState state, Fault? fault) => new(new World(state.Clone()) { Fault = fault, SkippedSyncs = SkippedSyncs }, length, sectorSize);
    }
}
