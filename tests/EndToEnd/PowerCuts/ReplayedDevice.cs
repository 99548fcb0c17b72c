using ImageBuilder.Formats.Gpt;
using ImageBuilder.Init;
using ImageBuilder.Linux.CommandLines;
using ImageBuilder.Update.Data;
using ImageBuilder.Update.Disks;
using ImageBuilder.Update.Slots;
using ImageBuilder.Update.Stacks;
using ImageBuilder.Update.State;

namespace ImageBuilder.EndToEnd.Tests.PowerCuts;

/// <summary>
/// A state of a recorded disk, started: what GRUB's menu does, written out here, and then the boot program's own code. The data partition comes into it with
/// <see cref="MountedData"/>.
/// </summary>
internal sealed class ReplayedDevice
{
    private const int MostStarts = 10;
    private readonly IReadOnlyList<DiskPartition> parts;
    private readonly DiskDigests digests;
    private readonly LoggedDevice esp, stateDevice;

    /// <param name="state">The state; it is not changed.</param>
    /// <param name="digests">Of the recording.</param>
    public ReplayedDevice(BlockLogState state, DiskDigests digests)
    {
        (Disk, this.digests) = (state.Disk.Fork(), digests);
        var whole = new LoggedDevice(Disk, 0, Disk.Length);
        parts = DiskTables.Read(whole.AsContent())!.Partitions;
        (esp, stateDevice) = (Part(EspHints.Label), Part(PartitionCopies.Label));
        State = new StateStore(new PartitionCopies(stateDevice));
        var system = Find(FactoryPartition.Label);
        Factory = FactoryPartition.Read((offset, buffer) => Disk.Read(system.Offset + offset, buffer), system.Length);
        Growth = DiskGrowth.Apply(whole, DataLayout.Label, Guid.NewGuid);
        Places = HintPlaces.TryParse(Bytes(Find(PartitionCopies.Label).Offset + HintPlaces.Offsets[0], HintPlaces.Length))!;
        Found = Record;
    }

    public LoggedDisk Disk { get; }

    public StateStore State { get; }

    public FactoryPartition Factory { get; }

    /// <summary>Where the data partition is.</summary>
    public GrowthResult Growth { get; }

    /// <summary>Where the boot loader's hints are on the EFI system partition.</summary>
    public HintPlaces Places { get; }

    /// <summary>The record as the power cut has left it.</summary>
    public StateRecord Found { get; }

    public StateRecord Record => State.Load().Record ?? throw new InvalidDataException($"the state record is lost: {string.Join("; ", State.Load().Faults)}");

    /// <summary>The slot that runs.</summary>
    public Slot Running { get; private set; }

    /// <summary>Its stack.</summary>
    public StackId Stack { get; private set; }

    /// <summary>It is on trial.</summary>
    public bool IsTrial { get; private set; }

    /// <summary>What GRUB has started, one after the other.</summary>
    public List<Slot> Started { get; } = [];

    /// <summary>The steps of the agent that runs.</summary>
    public SlotSwitch Switch => new(State, EspHints.Open(stateDevice, esp)) { Running = Running };

    /// <summary>What the boot loader would do.</summary>
    public HintReading Hints => EspHints.Open(stateDevice, esp).Load();

    /// <summary>The first byte of the boot loader's hint for the next start, on the disk.</summary>
    private long OncePlace => Find(EspHints.Label).Offset + Places.Once;

    /// <summary>Starts until a slot stays.</summary>
    /// <param name="bootSets">The boot set that belongs to a stack; null for one that is not known. Asked before the record says whether to restart.</param>
    public void Start(Func<StackId, StackBlob?> bootSets)
    {
        for (var starts = 0; starts < MostStarts; starts++)
        {
            var started = StartBootLoader();
            Started.Add(started);
            var before = Record;
            var blob = bootSets(before.Of(started).Stack) ?? throw new InvalidDataException($"slot {started} is started, and no manifest tells its boot set");
            if (digests.Sha256(Disk, BootPlace(started), blob.Size) != blob.Sha256)
                throw new InvalidDataException($"slot {started} is started, and its boot set is not whole");
            var step = new SlotSwitch(State, EspHints.Open(stateDevice, esp)) { Running = started }.OnBoot(started);
            if (step.Restart)
                continue;
            (Running, Stack, _) = DeviceState.Choose(started == Slot.A ? SlotChoice.A : SlotChoice.B, step.Record, Factory.Manifest.Id);
            IsTrial = step.Trial;
            return;
        }
        throw new InvalidDataException($"it restarts for ever: {Record}");
    }

    /// <summary>Whether the factory partition holds a layer, whole.</summary>
    public bool HasLayer(StackBlob layer)
    {
        for (var i = 0; i < Factory.Offsets.Count; i++)
            if (Factory.Manifest.Layers[i] == layer)
                return digests.Sha256(Disk, Find(FactoryPartition.Label).Offset + Factory.Offsets[i], layer.Size) == layer.Sha256;
        return false;
    }

    // The commands of templates/grub/disk.cfg.hbs.
    private Slot StartBootLoader()
    {
        var (first, once) = (Find(EspHints.Label).Offset, Bytes(OncePlace, HintFile.Length));
        if (HintFile.TryRead(once, HintFile.Once, out var next) && next is Slot.A or Slot.B)
        {
            Disk.Write(OncePlace, HintFile.Write(HintFile.Once, null));
            return next.Value;
        }
        foreach (var place in (long[])[Places.FirstDefault, Places.SecondDefault])
            if (HintFile.TryRead(Bytes(first + place, HintFile.Length), HintFile.Default, out var slot) && slot is Slot.A or Slot.B)
                return slot.Value;
        throw new InvalidDataException("both copies of the boot loader's default are lost: the factory state would start");
    }

    /// <summary>The first byte of a slot's boot set on the disk.</summary>
    public long BootPlace(Slot slot) => Find(slot == Slot.A ? "ib-boot-a" : "ib-boot-b").Offset;

    private byte[] Bytes(long offset, int length)
    {
        var bytes = new byte[length];
        Disk.Read(offset, bytes);
        return bytes;
    }

    private LoggedDevice Part(string name) => new(Disk, Find(name).Offset, Find(name).Length);

    private DiskPartition Find(string name) => parts.Single(part => part.Name == name);
}
