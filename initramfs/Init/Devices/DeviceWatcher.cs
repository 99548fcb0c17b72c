using System.Collections.Concurrent;
using ImageBuilder.Linux;
using ImageBuilder.Linux.Blocks;
using ImageBuilder.Linux.Devices;

namespace ImageBuilder.Init;

/// <summary>
/// Devices as the kernel reports them: modules are loaded for each, and block devices are probed, side by side, and queued. Listens
/// before it looks around, so that nothing is missed; what is seen twice counts once.
/// </summary>
internal sealed class DeviceWatcher(ModuleLoader modules, BootLog log) : IDisposable
{
    private static readonly TimeSpan Forever = TimeSpan.FromMilliseconds(int.MaxValue);
    private readonly ConcurrentDictionary<string, bool> aliases = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, BlockDevice> devices = new(StringComparer.Ordinal);
    private readonly BlockingCollection<BlockDevice> found = [];
    private UeventSocket? socket;

    /// <summary>The block devices seen so far, by name.</summary>
    public IEnumerable<BlockDevice> Devices => devices.Values.OrderBy(device => device.Name, StringComparer.Ordinal);

    public void Start()
    {
        socket = new UeventSocket();
        new Thread(Listen) { IsBackground = true, Name = "uevents" }.Start(socket);
        Walk();
    }

    /// <summary>The next block device that appeared or changed; null after <paramref name="timeout"/>.</summary>
    public BlockDevice? Next(TimeSpan timeout) => found.TryTake(out var device, timeout) ? device : null;

    /// <summary>Queues all known devices again.</summary>
    public void Again()
    {
        foreach (var device in Devices.ToList())
            Probe(device.Name, null);
    }

    /// <summary>Looks at everything there is now.</summary>
    private void Walk()
    {
        foreach (var bus in Directory.EnumerateDirectories("/sys/bus"))
            foreach (var device in Directory.EnumerateFileSystemEntries($"{bus}/devices"))
                if (KernelFile.TryRead($"{device}/modalias") is { Length: > 0 } alias)
                    LoadFor(alias);
        foreach (var name in BlockDevice.List())
            if (IsOfInterest(name))
                Probe(name, null);
    }

    private void Listen(object? argument)
    {
        var events = (UeventSocket)argument!;
        try
        {
            while (true)
            {
                events.Wait(Forever);
                while (events.TryReceive(out var lost) is { } uevent)
                {
                    if (lost)
                        Walk();
                    See(uevent);
                }
            }
        }
        catch (Exception error) when (error is IOException or ObjectDisposedException)
        {
            log.Debug($"device messages end: {error.Message}");
        }
    }

    private void See(Uevent uevent)
    {
        if (uevent.Action == "add" && uevent.ModuleAlias is { } alias)
            LoadFor(alias);
        if (uevent.Subsystem != "block" || uevent.DeviceName is not { } name || !IsOfInterest(name))
            return;
        if (uevent.Action is "add" or "change")
            Probe(name, uevent["PARTUUID"]);
        else if (uevent.Action == "remove")
            devices.TryRemove(name, out _);
    }

    private void LoadFor(string alias)
    {
        if (aliases.TryAdd(alias, true))
            modules.LoadForDevice(alias);
    }

    // A drive may take seconds to answer: no device waits for another.
    private void Probe(string name, string? partitionUuid) => _ = Task.Run(() =>
    {
        var device = BlockDevice.Probe(name, partitionUuid);
        devices[name] = device;
        log.Debug($"device {name}: {device.FileSystem?.Type ?? device.Trouble ?? "not recognised"} {device.FileSystem?.Label}");
        found.Add(device);
    });

    private static bool IsOfInterest(string name) =>
        !name.StartsWith("loop", StringComparison.Ordinal) && !name.StartsWith("ram", StringComparison.Ordinal) && !name.StartsWith("zram", StringComparison.Ordinal);

    public void Dispose() => socket?.Dispose();
}
