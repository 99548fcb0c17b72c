using ImageBuilder.Linux;
using ImageBuilder.Linux.Blocks;
using ImageBuilder.Linux.CommandLines;
using ImageBuilder.Update;
using ImageBuilder.Update.Data;
using ImageBuilder.Update.Stacks;
using ImageBuilder.Update.State;

namespace ImageBuilder.Init;

/// <summary>What the phases know of this boot; each fills in what later ones need.</summary>
internal sealed class Boot(IReadOnlyList<string> arguments, Func<long> clock)
{
    private readonly List<string> failures = [];
    private readonly List<string> notices = [];

    /// <summary>The arguments that the kernel gave to this program, and the real init will get: words it did not know.</summary>
    public IReadOnlyList<string> Arguments { get; } = arguments;

    public BootLog Log { get; } = new();

    public Timeline Timeline { get; } = new(clock);

    public KernelCommandLine CommandLine { get; set; } = KernelCommandLine.Parse("");

    /// <summary>The command line as it is followed.</summary>
    public BootReading Reading { get; set; } = BootReading.Of(KernelCommandLine.Parse(""));

    public BootOptions Options => AllowsShell ? Reading.Options : Reading.Options with { Shell = false, Break = null, RealInit = null };

    /// <summary>Whether there may be a prompt. The initramfs says so: the kernel command line can be typed into the boot menu.</summary>
    public bool AllowsShell { get; set; } = true;

    /// <summary>What the image itself asks for; the usual before the layers are there.</summary>
    public ImageSettings Settings { get; set; } = new();

    /// <summary>The image has settings of its own.</summary>
    public bool HasSettings { get; set; }

    /// <summary>What lies above the layers.</summary>
    public UpperKind Upper { get; set; }

    /// <summary>The most that a tmpfs upper may hold, as tmpfs(5) takes it.</summary>
    public string UpperSize => Options.UpperSize ?? Settings.UpperSize;

    /// <summary>The folder with upperdir and workdir; null for a root that cannot be written to.</summary>
    public string? UpperFolder { get; set; }

    /// <summary>The number of the upper on the data partition, whose areas are in use, too; null when there is none.</summary>
    public uint? UpperNumber { get; set; }

    public ModuleLoader? Modules { get; set; }

    public DeviceWatcher? Devices { get; set; }

    /// <summary>Why devices are not the medium, by name.</summary>
    public SortedDictionary<string, string> Refused { get; } = new(StringComparer.Ordinal);

    public BlockDevice? Medium { get; set; }

    /// <summary>An appliance's disk; null when a live medium is started.</summary>
    public BootedDisk? Disk { get; set; }

    /// <summary>The stack that the disk was shipped with; null when it cannot be read.</summary>
    public FactoryPartition? Factory { get; set; }

    /// <summary>Where the state record is; null when there is no place for one.</summary>
    public StateStore? State { get; set; }

    /// <summary>The device of <see cref="State"/>, held open.</summary>
    public RawDevice? StateDevice { get; set; }

    /// <summary>The state record; null when it is lost, or there is none.</summary>
    public StateRecord? Record { get; set; }

    /// <summary>The slot that is started is on trial: what goes wrong leads back to the other one.</summary>
    public bool IsOnTrial { get; set; }

    /// <summary>What is started; null where there are no slots.</summary>
    public Slot? Slot { get; set; }

    /// <summary>The stack of <see cref="Slot"/>.</summary>
    public StackId StackId { get; set; }

    /// <summary>On a live medium: the manifest of its stack; null when it has none that can be read.</summary>
    public StackManifest? LiveStack { get; set; }

    /// <summary>On a live medium: the partition that keeps what is written; null when nothing is kept.</summary>
    public string? KeepDevice { get; set; }

    /// <summary>The data partition's device file; null when there is none.</summary>
    public string? DataDevice => Disk is null ? KeepDevice : Disk.Find(DataLayout.Label)?.Path;

    /// <summary>Uppers to keep beside those in use. A stick's partition may serve several media, each of which wants its own back.</summary>
    public int KeptUppers => Disk is null ? StateRecord.KeptLength : Settings.Snapshots;

    /// <summary>Bytes of the data partition as the table says now; null where nothing is to grow.</summary>
    public long? DataLength { get; set; }

    /// <summary>Why the data partition, or the upper on it, cannot be had; null when it can, or nobody has asked for it.</summary>
    public string? DataFault { get; set; }

    /// <summary>What is not as it should be although the boot goes on, for boot.json.</summary>
    public IReadOnlyList<string> Failures => failures;

    /// <summary>What a person must hear of who only sees the system when it runs.</summary>
    public IReadOnlyList<string> Notices => notices;

    /// <summary>Where the root image's path begins: the medium, or its copy in memory.</summary>
    public string ImageFolder { get; set; } = Paths.Medium;

    /// <summary>Mount points of the layers, the top one first.</summary>
    public IReadOnlyList<string> Layers { get; set; } = [];

    /// <summary>Running since its phase; null when the machine has none.</summary>
    public Watchdog? Watchdog { get; set; }

    /// <summary>The real init's path, in the new root.</summary>
    public string? RealInit { get; set; }

    /// <summary>Notes what is not as it should be.</summary>
    public void Fail(string what)
    {
        if (failures.Contains(what))
            return;
        failures.Add(what);
        Log.Warning(what);
        Timeline.SetList("failures", failures);
    }

    /// <summary>Shows a sentence on the consoles, and leaves it for the message of the day.</summary>
    public void Notice(string sentence)
    {
        notices.Add(sentence);
        Log.Show($"imagebuilder: {sentence}");
    }

    /// <summary>Notes a choice, in the timeline and in the log.</summary>
    public void Decide(string what, string choice, string reason)
    {
        Timeline.Decide(what, choice, reason);
        Log.Info($"{what}: {choice} ({reason})");
    }
}
