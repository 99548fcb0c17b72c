using System.Buffers.Binary;
using System.Text;
using ImageBuilder.Formats;
using ImageBuilder.Init;
using ImageBuilder.Linux.CommandLines;
using ImageBuilder.Update.Carry;
using ImageBuilder.Update.Data;
using ImageBuilder.Update.Slots;
using ImageBuilder.Update.Stacks;
using ImageBuilder.Update.State;
using ImageBuilder.Update.Tests.Model;

namespace ImageBuilder.Update.Tests.Cuts;

/// <summary>
/// A modelled appliance: boot loader, boot program and agent do in their order what the real ones do, with the real code for everything that writes. Record, hints
/// and boot sets are on a disk that reorders what was not flushed; store and uppers on its data partition.
/// </summary>
internal sealed class UpdatedDevice : IDevice
{
    private const long Part = 1 << 20;
    private const int Serial = 0x1B1B;
    private const byte Tries = 3;
    private const int MostStarts = 20;
    private static readonly HintPlaces Places = new(Serial, 0x1000, 0x2000, 0x3000);

    private readonly StateStore state;
    private readonly ModelPart statePart;
    private readonly ModelPart esp;
    private readonly ModelPart[] bootSets;

    public UpdatedDevice(World world)
    {
        World = world;
        Files = new ModelFiles(world);
        var disk = new ModelDisk(world, 4 * Part);
        (statePart, esp, bootSets) = (new ModelPart(disk, 0, Part), new ModelPart(disk, Part, Part), [new ModelPart(disk, 2 * Part, Part), new ModelPart(disk, 3 * Part, Part)]);
        state = new StateStore(new PartitionCopies(statePart));
        Uppers = new UpperStore(Files, state);
        Layers = new LayerStore(Files);
        Running = state.Load().Record?.Active ?? Slot.A;
    }

    public World World { get; }

    public ModelFiles Files { get; }

    public UpperStore Uppers { get; }

    public LayerStore Layers { get; }

    /// <summary>A stack that is never found healthy.</summary>
    public Release? Sick { get; init; }

    /// <summary>The slot that runs.</summary>
    public Slot Running { get; private set; }

    public StateRecord Record => state.Load().Record ?? throw new InvalidOperationException("the state record is lost");

    public SlotSwitch Switch => new(state, EspHints.Open(statePart, esp)) { Running = Running };

    /// <summary>As it leaves the factory, and after a person has changed a file.</summary>
    public void Ship()
    {
        foreach (var offset in HintPlaces.Offsets)
            statePart.Write(offset, Places.ToBytes());
        var first = new byte[HintFile.Length];
        BinaryPrimitives.WriteInt32LittleEndian(first.AsSpan(67), Serial);
        esp.Write(0, first);
        foreach (var place in (long[])[Places.FirstDefault, Places.SecondDefault])
            esp.Write(place, HintFile.Write(HintFile.Default, Slot.A));
        esp.Write(Places.Once, HintFile.Write(HintFile.Once, null));
        foreach (var part in bootSets)
            part.Write(0, Release.Old.Boot);
        state.Save(StateRecord.AsShipped(Release.Old.Id));
        foreach (var folder in (string[])["/lower", "/lower/before", "/lower/before/etc", "/lower/theirs", "/lower/theirs/etc"])
            Files.MakeFolder(folder);
        Start();
        Files.MakeFolder($"{Upper}/etc");
        Files.Write($"{Upper}/etc/conf", "mine"u8);
        Files.SyncAll();
    }

    /// <summary>What the agent does: download, boot set, and the switch.</summary>
    /// <param name="release">What is installed.</param>
    /// <param name="isStopped">Everything but the last step: a person has stopped it.</param>
    public void Install(Release release, bool isStopped = false) => AsAgent(() =>
    {
        var target = SlotSwitch.Target(Record, Running);
        if (Record.Of(target).Stack == release.Id && Record.Phase == InstallPhase.Staged)
        {
            Switch.Arm(Tries);
            return;
        }
        if (Record.Of(target).Stack != release.Id || Record.Phase != InstallPhase.Staging)
            Switch.Stage(target, release.Id);
        Layers.PutStack(release.Manifest.ToBytes(), ["signature"]);
        Collect();
        for (var i = 0; i < release.Contents.Count; i++)
            if (release.Manifest.Layers[i] is var layer && !Layers.Has(layer) && !IsFactorys(layer))
            {
                using var partial = Layers.Begin(layer);
                while (partial.Length < layer.Size)
                    partial.Append(release.Contents[i].AsSpan((int)partial.Length, (int)Math.Min(1000, layer.Size - partial.Length)));
                partial.Finish();
                Switch.Progress((ulong)layer.Size);
            }
        if (!HasBootSet(target, release))
        {
            bootSets[(int)target].Write(0, release.Boot);
            bootSets[(int)target].Flush();
            if (!HasBootSet(target, release))
                throw new IOException("the boot set reads back differently");
        }
        if (isStopped)
            return;
        Switch.Staged();
        Switch.Arm(Tries);
    });

    public void Rollback() => AsAgent(() => Switch.Rollback());

    public void Abandon() => AsAgent(() => Switch.Abandon());

    /// <summary>What the agent deletes.</summary>
    public void Collect()
    {
        Uppers.Collect(TimeSpan.MaxValue, Record.UpperOf(Running));
        if (state.Settle() is { } record)
            Layers.Collect(Named(record), [Release.Old.Manifest]);
    }

    public void Recover() => Start();

    /// <summary>Starts the machine until a slot runs and stays: boot loader, boot program, health check.</summary>
    public void Start()
    {
        for (var starts = 0; starts < MostStarts; starts++)
        {
            var started = BootLoader();
            // A kernel that is not whole dies, and the machine starts again.
            if (started != Slot.Factory && !HasBootSet(started, Release.Of(Record.Of(started).Stack)))
                continue;
            var step = new SlotSwitch(state, EspHints.Open(statePart, esp)).OnBoot(started);
            if (step.Restart)
                continue;
            var (slot, stack, _) = DeviceState.Choose(started switch { Slot.A => SlotChoice.A, Slot.B => SlotChoice.B, _ => SlotChoice.Factory }, step.Record, Release.Old.Id);
            var release = Release.Of(stack);
            Assert.True(release == Release.Old || Layers.FindStack(stack) is not null, $"nothing tells what stack {release.Name} is made of");
            foreach (var layer in release.Manifest.Layers.Where(layer => !IsFactorys(layer)))
                Assert.Null(Layers.Check(layer));
            Uppers.Open(slot, stack, CarriedChanges.SourceOf(step.Record, slot) is { } old ? folder => Carry(old, folder) : null);
            TryCollect();
            Running = slot;
            if (!step.Trial)
                return;
            if (release != Sick)
            {
                Switch.Commit(epoch: 1, newestTime: 1);
                return;
            }
            Switch.Fail("it is sick");
        }
        Assert.Fail($"it starts for ever: {Record}");
    }

    public string Observe()
    {
        // A hint that could not be written leaves a trial for a later start.
        var starts = 0;
        do
            Start();
        while (Record.Phase is InstallPhase.Arming or InstallPhase.Armed or InstallPhase.Trying && starts++ < Tries);
        Assert.NotEqual(Slot.Factory, Running);
        var (record, release) = (Record, Release.Of(Record.Of(Running).Stack));
        Check();
        var text = $"{release.Name} in {Running}, default {record.Active}, quarantined: {(record.Quarantined.IsEmpty ? "nothing" : Release.Of(record.Quarantined).Name)}";
        // The next update comes, and is kept.
        Install(Release.Next);
        Start();
        Assert.Equal((Release.Next.Id, InstallPhase.Committed), (Record.Of(Running).Stack, Record.Phase));
        Check();
        return text;
    }

    /// <summary>What must be so whenever the machine runs: what a person has changed is there, hints and record agree, and after a collection nothing is left over.</summary>
    private void Check()
    {
        var record = Record;
        Assert.Equal("mine", Encoding.ASCII.GetString(Files.Read($"{Upper}/etc/conf", 10)));
        Assert.Equal(record.Active, Running);
        var hints = EspHints.Open(statePart, esp).Load();
        Assert.Equal((Slot?)Running, hints.Default);
        Assert.Null(hints.Once);
        Assert.Empty(hints.Faults);
        Collect();
        var stacks = Named(record).Where(id => id != Release.Old.Id).Select(Release.Of).ToList();
        // An installation that was cut may go on: what it has is kept, and before it has a manifest nobody knows what it needs.
        var isOpen = record.Phase is InstallPhase.Staging or InstallPhase.Staged;
        var layers = stacks.SelectMany(stack => stack.Manifest.Layers).Where(layer => !IsFactorys(layer)).Select(layer => layer.Sha256).Distinct().ToList();
        if (!isOpen || stacks.TrueForAll(stack => Layers.FindStack(stack.Id) is not null))
            Assert.Empty(Names(DataLayout.Layers).Except(layers.Select(layer => $"{layer}.squashfs").Concat(isOpen ? layers.Select(layer => $".new-{layer}") : [])));
        Assert.Empty(Names(DataLayout.Stacks).Select(name => name[..64]).Except(stacks.Select(stack => stack.Id.ToString())));
        Assert.Empty(Names(DataLayout.Uppers).Except(record.NamedUppers.Select(number => $"{number}")));
        Assert.Empty(Names(DataLayout.Trash));
    }

    private string Upper => $"{DataLayout.Upper(Record.UpperOf(Running))}/{DataLayout.UpperName}";

    private static List<StackId> Named(StateRecord record) => [.. record.NamedStacks.Append(Release.Old.Id).Distinct()];

    private IReadOnlyList<string> Names(string folder) => Files.Find(folder) is null ? [] : Files.List(folder);

    private static bool IsFactorys(StackBlob layer) => Release.Old.Manifest.Layers.Contains(layer);

    private bool HasBootSet(Slot slot, Release release)
    {
        var bytes = new byte[release.Boot.Length];
        bootSets[(int)slot].DropCache();
        bootSets[(int)slot].Read(0, bytes);
        return bytes.AsSpan().SequenceEqual(release.Boot);
    }

    private void Carry(SlotState old, string folder) =>
        CarryMerge.Run(Files, new CarryTrees("/lower/before", $"{DataLayout.Upper(old.Upper)}/{DataLayout.UpperName}", "/lower/theirs", folder), ["/etc"]);

    /// <summary>What templates' GRUB menu does: the first default that can be read, and once, which it clears by a write that nothing flushes.</summary>
    private Slot BootLoader()
    {
        var (places, bytes) = (Places, new byte[HintFile.Length]);
        esp.Read(places.Once, bytes);
        if (HintFile.TryRead(bytes, HintFile.Once, out var once) && once is { } slot)
        {
            try
            {
                esp.Write(places.Once, HintFile.Write(HintFile.Once, null));
            }
            catch (IOException)
            {
                // It says so, and goes on.
            }
            return slot;
        }
        foreach (var place in (long[])[places.FirstDefault, places.SecondDefault])
        {
            esp.Read(place, bytes);
            if (HintFile.TryRead(bytes, HintFile.Default, out var found) && found is { } byDefault)
                return byDefault;
        }
        return Slot.Factory;
    }

    private void TryCollect()
    {
        try
        {
            Uppers.Collect(TimeSpan.MaxValue);
        }
        catch (ImageException)
        {
            // As in the boot program: at the next start.
        }
    }

    private static void AsAgent(Action work)
    {
        try
        {
            work();
        }
        catch (IOException error)
        {
            throw new ImageException(ImageErrorKind.Io, "IB0000", error.Message, error);
        }
    }
}
