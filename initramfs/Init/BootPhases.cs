using ImageBuilder.Linux;
using ImageBuilder.Linux.CommandLines;
using ImageBuilder.Linux.Modules;
using ImageBuilder.Update;

namespace ImageBuilder.Init;

/// <summary>The boot, step by step.</summary>
internal static class BootPhases
{
    private static readonly TimeSpan ModuleTimeLimit = TimeSpan.FromSeconds(10);

    public static IReadOnlyList<Phase> All { get; } =
    [
        new("early-mounts", null, EarlyMounts.Run),
        new("command-line", null, ReadCommandLine),
        new("modules", null, ReadModules),
        new("devices", null, StartDevices),
        new("medium", boot => boot.Options.Disk is null, FindMedium),
        new("disk", boot => boot.Options.Disk is not null, DiskSearch.Run),
        new("watchdog", _ => File.Exists(WatchdogGuard.Device), WatchdogGuard.Start),
        new("checksum", boot => boot.Options.Checksum && boot.Medium is not null, MediumCheck.Run),
        new("to-ram", boot => boot.Options.ToRam != ToRam.No && boot.Medium is not null, MemoryCopy.Run),
        new("state", boot => boot.Disk is not null, DeviceState.Run),
        new("grow", boot => boot.Disk is not null, DiskGrow.Run),
        new("data", boot => boot.Disk is not null, DataPartition.Run),
        new("layers", null, LayerMounts.Run),
        new("settings", null, Settings.Run),
        new("keep", boot => boot.Disk is null && boot.Upper == UpperKind.Persistent, LiveData.Run),
        new("upper", null, Uppers.Run),
        new("root", null, RootMount.Run),
        new("persist", boot => boot.DataDevice is not null && boot.DataFault is null && boot.Settings.Persist.Count > 0, PersistedFolders.Run),
        new("areas", boot => boot.Settings.Writable.Count > 0, WritableAreas.Run),
        new("identity", boot => boot.DataDevice is not null && boot.DataFault is null && !boot.Options.PersistentReadOnly, MachineIdentity.Run),
        new("real-init", null, RealInit.Find),
        new("settle", null, Settle),
        new("switch-root", null, SwitchRoot.Run),
    ];

    private static void ReadCommandLine(Boot boot)
    {
        boot.CommandLine = KernelCommandLine.Parse(KernelFile.TryRead("/proc/cmdline") ?? "");
        boot.Reading = BootReading.Of(boot.CommandLine);
        boot.AllowsShell = !File.Exists(DevicePaths.NoShell);
        if (boot.Reading.Options is { Shell: true, Debug: false } or { Break: not null } or { RealInit: not null } && !boot.AllowsShell)
            boot.Log.Show("imagebuilder: ib.shell, ib.break and init= are not followed: this image gives no prompt (shell: false).");
        boot.Log.Verbose = boot.Options.Debug;
        if (boot.Options.Debug)
            KernelFile.TryWrite("/proc/sys/kernel/printk", "8");
        foreach (var warning in boot.Reading.Warnings)
            boot.Log.Show($"imagebuilder: {warning}");
        if (boot.Reading.Problems is { Count: > 0 } problems)
            throw new BootException("the kernel command line has words for this program that cannot be followed",
                ["Correct the words in the boot menu (key e in GRUB) or in the spec's kernel.cmdline."], problems);
    }

    private static void ReadModules(Boot boot)
    {
        ThreadPool.SetMinThreads(Math.Max(8, 2 * Environment.ProcessorCount), 1); // loading blocks; do not wait for the pool to grow
        var file = $"{ModuleTable.Folder}/{ModuleTable.FileName}";
        var table = File.Exists(file) ? ModuleTable.Parse(File.ReadAllText(file)) : new ModuleTable();
        var kernel = KernelFile.TryRead($"{ModuleTable.Folder}/{ModuleTable.KernelFileName}");
        if (kernel is not null && kernel != Machine.KernelRelease())
            throw new BootException($"this initramfs is for kernel {kernel}, but {Machine.KernelRelease()} is running",
                ["Kernel and initramfs on the medium belong to different builds: build the image again."]);
        boot.Modules = new ModuleLoader(table,
            (module, parameters) =>
            {
                var start = Machine.MicrosecondsSinceBoot();
                KernelModule.Load($"{ModuleTable.Folder}/{module}", parameters);
                boot.Log.Debug($"module {module} {parameters} {(Machine.MicrosecondsSinceBoot() - start) / 1000} ms");
            },
            boot.CommandLine.ModuleParameters, boot.CommandLine.Blacklist(),
            (module, reason) => boot.Log.Debug($"module {module} is not loaded: {reason}"));
    }

    private static void StartDevices(Boot boot)
    {
        // Drives are asked for a new medium by the kernel itself, so that one put in while we wait is seen.
        KernelFile.TryWrite("/sys/module/block/parameters/events_dfl_poll_msecs", "2000");
        boot.Devices?.Dispose();
        boot.Devices = new DeviceWatcher(boot.Modules!, boot.Log);
        boot.Devices.Start();
        // Needed by every start, but only when the medium is there: after the drivers that wait for hardware.
        string[] wanted = ["loop", "squashfs", "overlay", .. boot.Options.Disk is null ? (string[])[] : ["ext4", "quota_v2"]];
        foreach (var always in wanted)
            _ = boot.Modules!.LoadAsync(always);
    }

    private static void FindMedium(Boot boot)
    {
        // A search that failed has taken its devices from the queue; the first one finds them there.
        if (boot.Refused.Count > 0)
            boot.Devices!.Again();
        var medium = new MediumSearch(boot.Devices!, boot.Modules!, boot.Options, boot.Log, boot.Refused).Find();
        boot.Medium = medium;
        LiveStack.Read(boot); // now: after a copy to memory the medium may be gone
        boot.Timeline.Set("medium", medium.Path);
        boot.Timeline.Set("image", boot.Options.Image);
        var what = $"{medium.Path} {medium.FileSystem!.Type}{(boot.Options.IsoFile is { } iso ? $", its {iso}" : "")}";
        boot.Decide("medium", what, (boot.Options.Id, boot.Options.Medium) switch
        {
            ({ } id, null) => $"has .disk/{id}",
            ({ } id, { } wanted) => $"is {wanted} and has .disk/{id}",
            (null, { } wanted) => $"is {wanted}",
            _ => $"has {boot.Options.Image}, and neither ib.id= nor ib.media= is given",
        });
    }

    // Now, when slower devices have answered as well.
    private static void ReportTwins(Boot boot)
    {
        DiskSearch.RefuseTwins(boot);
        if (boot.Medium is null)
            return;
        var twins = MediumSearch.Twins(boot.Medium!, boot.Devices!.Devices);
        if (twins.Count == 0)
            return;
        var others = string.Join(", ", twins.Select(twin => twin.Path));
        boot.Decide("twin", boot.Medium!.Path, $"found first; {others} holds the same");
        boot.Log.Show($"imagebuilder: two media hold this image: {boot.Medium.Path} is used, {others} is not. ib.media=/dev/... chooses.");
    }

    // What the kernel is still loading would fail when this file system goes away; what has not begun, udev does later.
    private static void Settle(Boot boot)
    {
        boot.Modules!.Stop();
        if (!boot.Modules.Settle(ModuleTimeLimit, out var late))
            boot.Log.Warning($"modules still loading after {ModuleTimeLimit.TotalSeconds:0} s: {string.Join(", ", late)}");
        ReportTwins(boot);
        boot.Devices!.Dispose();
        WatchdogGuard.HandOver(boot);
    }
}
