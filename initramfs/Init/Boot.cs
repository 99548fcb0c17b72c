using ImageBuilder.Linux;
using ImageBuilder.Linux.Blocks;
using ImageBuilder.Linux.CommandLines;

namespace ImageBuilder.Init;

/// <summary>What the phases know of this boot; each fills in what later ones need.</summary>
internal sealed class Boot(IReadOnlyList<string> arguments, Func<long> clock)
{
    /// <summary>The arguments that the kernel gave to this program, and the real init will get: words it did not know.</summary>
    public IReadOnlyList<string> Arguments { get; } = arguments;

    public BootLog Log { get; } = new();

    public Timeline Timeline { get; } = new(clock);

    public KernelCommandLine CommandLine { get; set; } = KernelCommandLine.Parse("");

    /// <summary>The command line as it is followed.</summary>
    public BootReading Reading { get; set; } = BootReading.Of(KernelCommandLine.Parse(""));

    public BootOptions Options => Reading.Options;

    /// <summary>What lies above the layers.</summary>
    public UpperKind Upper => Options.UpperOr(UpperKind.Tmpfs);

    /// <summary>The most that a tmpfs upper may hold, as tmpfs(5) takes it.</summary>
    public string UpperSize => Options.UpperSize ?? BootOptions.UsualUpperSize;

    public ModuleLoader? Modules { get; set; }

    public DeviceWatcher? Devices { get; set; }

    /// <summary>Why devices are not the medium, by name.</summary>
    public SortedDictionary<string, string> Refused { get; } = new(StringComparer.Ordinal);

    public BlockDevice? Medium { get; set; }

    /// <summary>Where the root image's path begins: the medium, or its copy in memory.</summary>
    public string ImageFolder { get; set; } = Paths.Medium;

    /// <summary>Mount points of the layers, the top one first.</summary>
    public IReadOnlyList<string> Layers { get; set; } = [];

    /// <summary>Running since its phase; null when the machine has none.</summary>
    public Watchdog? Watchdog { get; set; }

    /// <summary>The real init's path, in the new root.</summary>
    public string? RealInit { get; set; }

    /// <summary>Notes a choice, in the timeline and in the log.</summary>
    public void Decide(string what, string choice, string reason)
    {
        Timeline.Decide(what, choice, reason);
        Log.Info($"{what}: {choice} ({reason})");
    }
}
