using System.Text;
using ImageBuilder.Linux;
using ImageBuilder.Linux.Files;
using ImageBuilder.Update.Data;
using ImageBuilder.Update.State;

namespace ImageBuilder.Agent.Health;

/// <summary>What a trial leaves for people to find out why it failed.</summary>
internal static class TrialEvidence
{
    private const int MaxFile = 256 << 10;
    private const string Collected = "collected";
    private const string Pstore = "/sys/fs/pstore";
    private const string PstoreArchive = "/var/lib/systemd/pstore";
    private const string Journal = "/var/log/journal";

    /// <summary>Of the running system, which is on trial.</summary>
    /// <param name="device">The running system.</param>
    /// <param name="trial">The trial.</param>
    /// <param name="reason">Why it is given up.</param>
    /// <param name="checks">What its checks or hooks have said; empty for nothing.</param>
    public static void Save(Device device, RunningTrial trial, string reason, string checks)
    {
        using var data = new FileTree(device.DataFolder);
        var folder = TrialFolder.Of(data, trial.Upper, trial.Stack);
        var settings = device.Settings;
        folder.Put(TrialNote.FileName, new TrialNote(reason, settings?.Name ?? "", settings?.Version ?? "", trial.Stack.ToString(), Name(trial.Slot), trial.Upper, Device.Text(DateTime.UtcNow)).ToBytes());
        SaveStart(device, folder);
        folder.Put("checks.txt", Encoding.UTF8.GetBytes(checks));
        folder.Put("journal.txt", new Systemd(device).Journal("--boot"));
        if (!folder.Has("journal.txt"))
            folder.Put("kernel.txt", Encoding.UTF8.GetBytes(KernelLog.ReadAll()));
        PutCrashes(folder, device.Root.TrimEnd('/') + Pstore);
        PutCrashes(folder, device.Root.TrimEnd('/') + PstoreArchive);
    }

    /// <summary>How the trial was started, noted early: a system that hangs later cannot.</summary>
    public static void SaveStart(Device device, TrialFolder folder) =>
        folder.Put("boot.json", File.Exists($"{device.RunFolder}/boot.json") ? File.ReadAllBytes($"{device.RunFolder}/boot.json") : null);

    /// <summary>Of a trial of the other slot that came to its end without saying why: once.</summary>
    /// <param name="device">The running system, which was fallen back to.</param>
    /// <param name="record">The state record.</param>
    /// <returns>What was kept, and whether the trial itself had said why it failed; null when there is nothing to collect.</returns>
    public static (TrialNote Note, bool WasNoted)? Collect(Device device, StateRecord record)
    {
        if (record.Phase != InstallPhase.Failed || FailedSlot(record) is not { } slot)
            return null;
        using var data = new FileTree(device.DataFolder);
        var (stack, upper) = (record.Of(slot).Stack, record.Of(slot).Upper);
        var folder = TrialFolder.Of(data, upper, stack);
        if (folder.Has(Collected))
            return null;
        var wasNoted = folder.Has(TrialNote.FileName);
        var note = new TrialNote(record.Reason, "", "", stack.ToString(), Name(slot), upper, Device.Text(DateTime.UtcNow));
        folder.Put(TrialNote.FileName, note.ToBytes());
        PutCrashes(folder, device.Root.TrimEnd('/') + Pstore);
        if (upper > 0)
        {
            var place = device.DataFolder + DataLayout.Upper(upper);
            PutCrashes(folder, $"{place}/{DataLayout.UpperName}{PstoreArchive}");
            foreach (var journal in (string[])[$"{place}/{DataLayout.UpperName}{Journal}", $"{device.DataFolder}{DataLayout.Area(upper, "/var/log")}/{DataLayout.UpperName}/journal", $"{device.DataFolder}{DataLayout.Area(upper, Journal)}/{DataLayout.UpperName}"])
                if (Directory.Exists(journal))
                    folder.Put("journal.txt", new Systemd(device).Journal($"--directory={journal}"));
        }
        folder.Put(Collected, "yes\n"u8.ToArray());
        return (note, wasNoted);
    }

    private static Slot? FailedSlot(StateRecord record) => record.A.Status == SlotStatus.Failed ? Slot.A : record.B.Status == SlotStatus.Failed ? Slot.B : null;

    private static string Name(Slot slot) => slot.ToString().ToLowerInvariant();

    /// <summary>What the kernel has left of a crash, pstore: files of some KiB each, in folders of their own where systemd has put them aside.</summary>
    private static void PutCrashes(TrialFolder folder, string place)
    {
        if (!Directory.Exists(place))
            return;
        foreach (var file in Directory.EnumerateFiles(place, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
            folder.Put($"pstore-{file[(place.Length + 1)..].Replace('/', '-')}", Start(file));
    }

    private static byte[] Start(string file)
    {
        using var stream = File.OpenRead(file);
        var bytes = new byte[MaxFile];
        return bytes[..stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false)];
    }
}
