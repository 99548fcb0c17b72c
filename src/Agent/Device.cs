using System.Globalization;
using ImageBuilder.Formats;
using ImageBuilder.Linux;
using ImageBuilder.Linux.Mounts;
using ImageBuilder.Update;
using ImageBuilder.Update.Data;
using ImageBuilder.Update.Overlays;
using ImageBuilder.Update.Stacks;
using ImageBuilder.Update.State;
using Microsoft.Win32.SafeHandles;

namespace ImageBuilder.Agent;

/// <summary>The running system: what it was put together from, and where that lies.</summary>
internal sealed class Device
{
    private readonly string root, sysfs;

    private Device(string root, string run, string sysfs, BootReport report, MountInfo mount) =>
        (this.root, Run, this.sysfs, Report, Overlay) = (root, run, sysfs, report, Overlay.Of(mount));

    /// <summary>The root folder.</summary>
    public string Root => root.Length == 0 ? "/" : root;

    /// <summary>/run.</summary>
    public string Run { get; }

    /// <summary>The agent's and the boot program's own folder, in memory.</summary>
    public string RunFolder => $"{Run}/imagebuilder";

    /// <summary>Where the data partition is mounted.</summary>
    public string DataFolder => $"{Run}/ib/data";

    /// <summary>Where a message of the boot program lies that people have to see; it may not be there.</summary>
    public string NoticeFile => Run + DevicePaths.Notice["/run".Length..];

    /// <summary>What was merged into the running upper at this boot.</summary>
    public string CarryFile => Run + DevicePaths.CarryReport["/run".Length..];

    /// <summary>There while what runs is on trial.</summary>
    public string TrialFile => Run + DevicePaths.Trial["/run".Length..];

    public BootReport Report { get; }

    /// <summary>How the root is mounted; null when it is one layer, read-only.</summary>
    public Overlay? Overlay { get; }

    /// <summary>True when the uppers are on a data partition, and this is one of them.</summary>
    public bool IsPersistent => UpperNumber is not null;

    /// <summary>The number of the upper in use; null when it is in memory, or there is none.</summary>
    public uint? UpperNumber =>
        Overlay?.Upper is { } upper && upper.StartsWith(DataFolder + DataLayout.Uppers + "/", StringComparison.Ordinal)
            ? DataLayout.NumberOf(upper[(DataFolder.Length + DataLayout.Uppers.Length + 1)..].Split('/')[0]) : null;

    /// <summary>The stack that was booted; null when the boot program did not say.</summary>
    public StackId? Stack => Report.Fact("stack") is { } id && StackId.IsHex(id) ? StackId.Parse(id) : null;

    /// <summary>The slot that was booted; null when the boot program did not say.</summary>
    public Slot? Slot => Enum.TryParse<Slot>(Report.Fact("slot"), ignoreCase: true, out var slot) ? slot : null;

    /// <summary>What the image asks for; null when it says nothing. From the layers: the upper cannot change it.</summary>
    public ImageSettings? Settings =>
        (Overlay?.Layers ?? [Root]).Select(layer => KernelFile.TryRead(layer + ImageSettings.Path)).FirstOrDefault(text => text is not null) is { } found
            ? ImageSettings.Parse(System.Text.Encoding.UTF8.GetBytes(found)) : null;

    /// <summary>The device file of a partition of the disk that was started from; null when it has none of that name, or this is no disk with slots.</summary>
    /// <param name="label">Its PARTLABEL.</param>
    public string? Partition(string label)
    {
        if (Report.Fact("disk") is { } disk && $"{sysfs}/class/block/{Path.GetFileName(disk)}/" is var parts && Directory.Exists(parts))
            foreach (var folder in Directory.EnumerateDirectories(parts))
                if (KernelFile.TryRead($"{folder}/uevent")?.Split('\n').Contains($"PARTNAME={label}") is true)
                    return $"/dev/{Path.GetFileName(folder)}";
        return null;
    }

    /// <summary>Looks at the system.</summary>
    /// <param name="root">Its root folder; tests give one of their own.</param>
    /// <param name="run">Its /run; likewise.</param>
    /// <param name="sysfs">Its /sys; likewise.</param>
    /// <exception cref="ImageException">IB6110: not root. IB6111: it was not started by imagebuilder's boot program.</exception>
    public static Device Open(string root = "/", string run = "/run", string sysfs = "/sys")
    {
        if (!Environment.IsPrivilegedProcess)
            throw new ImageException(ImageErrorKind.Unsupported, "IB6110", "only root can look at what this system keeps, and change it: run imageagent as root (sudo imageagent …)");
        var report = BootReport.TryRead($"{run}/imagebuilder/boot.json")
            ?? throw new ImageException(ImageErrorKind.Unsupported, "IB6111", $"this system was not started by imagebuilder's boot program: {run}/imagebuilder/boot.json is not there, or says nothing; imageagent works on a system that an image made by `imagebuilder build` has started");
        var mount = MountInfo.Read().LastOrDefault(mount => mount.Target == root)
            ?? throw new ImageException(ImageErrorKind.Unsupported, "IB6111", $"nothing is mounted at {root}: in a chroot or container imageagent has nothing to work on; run it on the system itself");
        return new Device(root.TrimEnd('/'), run, sysfs, report, mount);
    }

    /// <summary>The uppers' store, for this program alone.</summary>
    /// <exception cref="ImageException">IB6112: this system keeps nothing. IB6113: another imageagent is at work.</exception>
    public DeviceStore OpenStore()
    {
        if (!Directory.Exists(DataFolder + DataLayout.Root))
            throw new ImageException(ImageErrorKind.Unsupported, "IB6112", "this system has no data partition, so nothing is kept, and every start begins in the factory state; images with `upper: { kind: persistent }` keep their changes");
        return DeviceStore.Open(this);
    }

    /// <summary>The same, and what is in use on it.</summary>
    /// <exception cref="ImageException">IB6112: the upper is not on the data partition.</exception>
    public (Slot Slot, StackId Stack, DeviceStore Store) OpenUsedStore()
    {
        if (Slot is { } slot && Stack is { } stack && IsPersistent)
            return (slot, stack, OpenStore());
        throw new ImageException(ImageErrorKind.Unsupported, "IB6112",
            $"what this system changes is {(Overlay?.Upper is null ? "nothing: its root is read-only" : "in memory, and gone with the next start")}; only a persistent upper can be reset, copied or brought back{(Report.Fact("upper.why") is { } why ? $" (now: {why})" : "")}");
    }

    /// <summary>The layers below the upper, merged and mounted where no other program sees it: to be reached by <see cref="MergedLayers.Path"/>.</summary>
    /// <exception cref="ImageException">IB6114: the root has no upper.</exception>
    /// <exception cref="LinuxException">The kernel's reason.</exception>
    public MergedLayers MountLayers()
    {
        var overlay = RequireUpper();
        // A read-only overlay needs two layers; and it is also what takes overlayfs's own attributes out of sight.
        var empty = Directory.CreateDirectory($"{RunFolder}/empty").FullName;
        return new MergedLayers(new Overlay([.. overlay.Layers, empty]) { UnifiesInodes = true }.Mount());
    }

    /// <summary>What the upper adds, changes and deletes.</summary>
    /// <exception cref="ImageException">IB6114: the root has no upper.</exception>
    /// <exception cref="LinuxException">The kernel's reason.</exception>
    public IReadOnlyList<UpperChange> FindChanges()
    {
        var upper = RequireUpper().Upper!;
        using var layers = MountLayers();
        return UpperChanges.Of(OverlayUpper.Read(upper, layers.Path));
    }

    /// <summary>How the root is mounted, with an upper.</summary>
    /// <exception cref="ImageException">IB6114: the root has no upper.</exception>
    public Overlay RequireUpper() => Overlay is { Upper: not null } overlay ? overlay
        : throw new ImageException(ImageErrorKind.Unsupported, "IB6114", "the root of this system is read-only: nothing can have changed in it; start with ib.upper=tmpfs or ib.upper=persistent to change something");

    /// <summary>When the kernel started.</summary>
    public static DateTime Started => DateTime.UtcNow - TimeSpan.FromMicroseconds(Machine.MicrosecondsSinceBoot());

    /// <summary>A time for people and for JSON, to the second.</summary>
    public static string Text(DateTime utc) => utc.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}

/// <summary>The layers below an upper as one folder, as long as this object lives.</summary>
internal sealed class MergedLayers(SafeFileHandle mount) : IDisposable
{
    /// <summary>The folder's path, for this process.</summary>
    public string Path => $"/proc/self/fd/{mount.DangerousGetHandle()}/.";

    public void Dispose() => mount.Dispose();
}
