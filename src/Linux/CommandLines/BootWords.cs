using System.Globalization;

namespace ImageBuilder.Linux.CommandLines;

/// <summary>
/// Every word of the kernel command line that the boot program knows: the one table by which it starts, by which the builder checks
/// specs, and which `explain-cmdline` prints.
/// </summary>
public static partial class BootWords
{
    private const string Us = "imagebuilder";
    private const string Kernel = "kernel";

    /// <summary>The phases of the boot that `ib.break` can stop at.</summary>
    public static IReadOnlyList<string> BreakPoints { get; } = ["devices", "medium", "layers", "root", "switch-root"];

    /// <summary>The phase of `ib.break` without a value: everything is mounted, nothing is taken apart yet.</summary>
    public const string UsualBreakPoint = "switch-root";

    private static readonly BootWord[] Ours =
    [
        new("ib.media", Us, "=LABEL=…|UUID=…|PARTLABEL=…|PARTUUID=…|/dev/…", "where the medium is; not given: the first device that has what is looked for")
            { Apply = (options, value) => options with { Medium = DeviceSelector.Parse(WordValue.Required(value)) } },
        new("ib.id", Us, "=ID", "the medium is the one with the file /.disk/ID, whatever its label and file system")
            { Apply = (options, value) => options with { Id = WordValue.Id(value) } },
        new("ib.iso", Us, "=/PATH.iso", "the medium is this ISO file on a partition")
            { Apply = (options, value) => options with { IsoFile = WordValue.FilePath(value, "/") } },
        new("ib.image", Us, "=PATH", "the root image on the medium; /live/root.squashfs")
            { Apply = (options, value) => options with { Image = WordValue.FilePath(value, options.Image) } },
        new("ib.timeout", Us, "=SECONDS", "how long to wait for the medium; 30")
            { Apply = (options, value) => options with { Timeout = WordValue.Seconds(value) } },
        new("ib.checksum", Us, "", "compares the files of the medium with its sha256sum.txt before anything of it is used")
            { Apply = (options, value) => options with { Checksum = WordValue.Flag(value) } },
        new("ib.toram", Us, "[=auto]", "copies the root image to memory and lets go of the medium; auto: when there is room")
            { Apply = (options, value) => options with { ToRam = value == "auto" ? ToRam.Auto : WordValue.Flag(value) ? ToRam.Yes : ToRam.No } },
        new("ib.toram.size", Us, "=SIZE", "the most that the copy in memory may take: 75%, 2G; what it needs")
            { Apply = (options, value) => options with { ToRamSize = WordValue.TmpfsSize(value) } },
        new("ib.toram.free", Us, "=SIZE", "what must stay free beside the copy in memory; 128M")
            { Apply = (options, value) => options with { ToRamFree = WordValue.Bytes(value) } },
        new("ib.upper", Us, "=tmpfs|persistent|none", "what can be written to: memory, the data partition, or nothing; as the image says")
            { Apply = (options, value) => options with { Upper = UpperOf(value), Persistence = value == "persistent" ? options.Persistence : Persistence.AsImage } },
        new("ib.upper.size", Us, "=SIZE", "the most that is written to memory: 50%, 256M; as the image says")
            { Apply = (options, value) => options with { UpperSize = WordValue.TmpfsSize(value) } },
        new("ib.persist", Us, "[=create|0]", "keeps what is written where there is a partition for it; create: makes one in the medium's free space; 0: keeps nothing") { Apply = Persist },
        new("ib.persist.readonly", Us, "", "shows what was kept, and keeps nothing new")
            { Apply = (options, value) => options with { PersistentReadOnly = WordValue.Flag(value) } },
        new("ib.data", Us, "=LABEL=…|UUID=…|PARTLABEL=…|PARTUUID=…|/dev/…", "the data partition; not given: ib-data or persistence on the disk that was started from, then elsewhere")
            { Apply = (options, value) => options with { Data = DeviceSelector.Parse(WordValue.Required(value)) } },
        new("ib.disk", Us, "=PARTUUID=…", "the appliance's disk, by one of its partitions; not given: a live medium starts")
            { Apply = (options, value) => options with { Disk = DeviceSelector.Parse(WordValue.Required(value)) } },
        new("ib.slot", Us, "=a|b|factory", "the stack of the appliance's disk to start; not given: as the state record says")
            { Apply = (options, value) => options with { Slot = SlotOf(value) } },
        new("ib.reset", Us, "[=TOKEN]", "starts over with a new upper; with a token once, without at every start") { Apply = Reset },
        new("ib.break", Us, "[=PHASE]", "a prompt before a phase: devices, medium, layers, root, switch-root; switch-root")
            { Apply = (options, value) => options with { Break = BreakPoint(value) } },
        new("ib.shell", Us, "", "a prompt when the boot fails") { Apply = (options, value) => options with { Shell = WordValue.Flag(value) } },
        new("ib.debug", Us, "", "logs everything, shows the timeline, and a prompt when the boot fails")
            { Apply = (options, value) => WordValue.Flag(value) ? options with { Debug = true, Shell = true, ShowTimeline = true } : options },
        new("ib.timeline", Us, "", "shows the timeline of the boot as one line on the consoles") { Apply = (options, value) => options with { ShowTimeline = WordValue.Flag(value) } },
        new("ib.failure", Us, "=reboot|poweroff|halt", "what a boot that failed ends in, after a countdown; reboot")
            { Apply = (options, value) => options with { FailureEnd = EndOf(value) } },
    ];

    // What the kernel and every other boot program have in common.
    private static readonly BootWord[] Generic =
    [
        new("init", Kernel, "=PATH", "the real init in the root image; the first of the usual places") { Apply = (options, value) => options with { RealInit = value } },
        new("ro", Kernel, "", "the root is mounted read-only") { Apply = (options, _) => options with { ReadOnly = true } },
        new("rw", Kernel, "", "the root is mounted writable, as it is anyway") { Apply = (options, _) => options with { ReadOnly = false } },
        new("quiet", Kernel, "", "the kernel shows warnings and worse only") { Apply = (options, _) => options with { Quiet = true } },
        new("debug", Kernel, "", "the kernel shows everything") { Apply = (options, _) => options with { Quiet = false } },
        new("panic", Kernel, "=SECONDS", "a boot that fails restarts after so many seconds, and gives no prompt; 0: as if it were not given")
            { Apply = (options, value) => options with { Panic = int.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var seconds) ? seconds == 0 ? null : seconds : options.Panic } },
        new("rootdelay", Kernel, "=SECONDS", "waits at least so long for the medium, and no longer than needed")
            { Apply = (options, value) => int.TryParse(value, out var seconds) ? AtLeast(options, seconds) : options },
        new("rootwait", Kernel, "", "waits a day for the medium") { Apply = (options, _) => AtLeast(options, Day) },
        // The list itself is read by KernelCommandLine.Blacklist.
        new("module_blacklist", Kernel, "=NAMES", "the kernel refuses to load these modules") { Apply = (options, _) => options },
        new("modprobe.blacklist", "kmod", "=NAMES", "these modules are not loaded for devices") { Apply = (options, _) => options },
        new("rd.driver.blacklist", "dracut", "=NAMES", "these modules are not loaded for devices, while the boot program runs") { Apply = (options, _) => options },
    ];

    private const int Day = 86_400;
    private const int MaxToken = 128;

    // Filled at first use: fields of a class in several files have no order among the files.
    private static readonly Lazy<Dictionary<string, BootWord>> ByKey =
        new(() => Ours.Concat(Generic).Concat(Aliases).Concat(KeepingAliases).ToDictionary(word => word.Key, StringComparer.Ordinal));

    /// <summary>All words: ours, the generic ones, those of other programs.</summary>
    public static IReadOnlyCollection<BootWord> All => ByKey.Value.Values;

    /// <summary>Our words, for suggestions.</summary>
    public static IReadOnlyCollection<string> OursNow { get; } = [.. Ours.Select(word => word.Key)];

    /// <summary>The word with this key; null when the boot program has none.</summary>
    public static BootWord? Find(string key) => ByKey.Value.GetValueOrDefault(key);

    private static BootOptions AtLeast(BootOptions options, int seconds) =>
        options.Timeout.TotalSeconds < seconds ? options with { Timeout = TimeSpan.FromSeconds(Math.Min(seconds, Day)) } : options;

    private static UpperKind UpperOf(string? value) => WordValue.Required(value) switch
    {
        "tmpfs" => UpperKind.Tmpfs,
        "persistent" => UpperKind.Persistent,
        "none" => UpperKind.None,
        _ => throw new FormatException("expected tmpfs, persistent or none"),
    };

    // As everywhere on a kernel command line the last word wins, also between ib.upper and ib.persist.
    private static BootOptions Persist(BootOptions options, string? value) => value switch
    {
        "create" => options with { Upper = UpperKind.Persistent, Persistence = Persistence.Create },
        _ when WordValue.Flag(value, "expected create, no value, or 0") => options with { Upper = UpperKind.Persistent, Persistence = Persistence.Use },
        _ => options with { Upper = options.Upper == UpperKind.Persistent ? null : options.Upper, Persistence = Persistence.Never },
    };

    private static SlotChoice SlotOf(string? value) => WordValue.Required(value) switch
    {
        "a" => SlotChoice.A,
        "b" => SlotChoice.B,
        "factory" => SlotChoice.Factory,
        _ => throw new FormatException("expected a, b or factory"),
    };

    private static BootOptions Reset(BootOptions options, string? value) => value switch
    {
        null => options with { Reset = true, ResetToken = null },
        "0" or "n" or "no" or "off" => options with { Reset = false, ResetToken = null },
        { Length: > 0 and <= MaxToken } => options with { Reset = true, ResetToken = value },
        _ => throw new FormatException($"expected a token of at most {MaxToken} characters, or no value"),
    };

    private static FailureEnd EndOf(string? value) => WordValue.Required(value) switch
    {
        "reboot" => FailureEnd.Restart,
        "poweroff" => FailureEnd.PowerOff,
        "halt" => FailureEnd.Halt,
        _ => throw new FormatException("expected reboot, poweroff or halt"),
    };

    private static string BreakPoint(string? value) =>
        value is null ? UsualBreakPoint : BreakPoints.Contains(value) ? value : throw new FormatException($"expected {string.Join(", ", BreakPoints)}");
}
