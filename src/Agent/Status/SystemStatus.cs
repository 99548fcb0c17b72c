using System.Globalization;
using ImageBuilder.Formats;
using ImageBuilder.Linux;
using ImageBuilder.Linux.Files;
using ImageBuilder.Update;
using ImageBuilder.Update.Carry;
using ImageBuilder.Update.Data;
using ImageBuilder.Update.State;

namespace ImageBuilder.Agent;

/// <summary>How full a file system is, in bytes.</summary>
/// <param name="Used">What is taken.</param>
/// <param name="Size">All there is.</param>
/// <param name="Free">What can still be written.</param>
internal sealed record Filling(long Used, long Size, long Free)
{
    /// <summary>Asks the file system that a folder is on, statfs(2).</summary>
    public static Filling Of(string folder)
    {
        var drive = new DriveInfo(folder);
        return new Filling(drive.TotalSize - drive.TotalFreeSpace, drive.TotalSize, drive.AvailableFreeSpace);
    }
}

/// <summary>What runs here and what of it is kept; read quickly: nothing is counted.</summary>
internal sealed record SystemStatus
{
    public required Device Device { get; init; }

    /// <summary>What the image asks for; null when it says nothing.</summary>
    public ImageSettings? Settings { get; init; }

    /// <summary>"tmpfs", "persistent" or "none".</summary>
    public required string UpperKind { get; init; }

    /// <summary>When the upper was made; null when that is not known.</summary>
    public DateTime? UpperSince { get; init; }

    /// <summary>What the upper holds, and may hold; null when there is none, or its file system does not count it.</summary>
    public Filling? Upper { get; init; }

    /// <summary>How full the data partition is; null when there is none.</summary>
    public Filling? Data { get; init; }

    /// <summary>The state record; null when there is none, or it could not be read.</summary>
    public StateRecord? Record { get; init; }

    /// <summary>What both slots hold; null where there are none.</summary>
    public UpdateStatus? Update { get; init; }

    /// <summary>Uppers that are kept, the newest first.</summary>
    public IReadOnlyList<UpperInfo> Kept { get; init; } = [];

    /// <summary>What was merged into the upper at this boot; null when nothing was.</summary>
    public CarryReport? Carried { get; init; }

    /// <summary>What somebody should look at: notices of the boot program, faults of the state record.</summary>
    public IReadOnlyList<string> Notices { get; init; } = [];

    /// <summary>Reads it.</summary>
    public static SystemStatus Read(Device device)
    {
        var notices = new List<string>(device.Report.Failures);
        if (KernelFile.TryRead(device.NoticeFile) is { Length: > 0 } notice)
            notices.AddRange(notice.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        var status = new SystemStatus
        {
            Device = device,
            Settings = device.Settings,
            UpperKind = device.Overlay?.Upper is null ? "none" : device.IsPersistent ? "persistent" : "tmpfs",
            Upper = device is { IsPersistent: false, Overlay.Upper: { } upper } ? Filling.Of(upper) : null,
            Carried = ReadCarried(device, notices),
            Notices = notices,
        };
        if (!Directory.Exists(device.DataFolder + DataLayout.Root))
            return status;
        var data = Filling.Of(device.DataFolder);
        status = status with { Data = data, Upper = status.Upper ?? OfPersistent(device, data, notices) };
        try
        {
            // Without holding it: an installation may take long. A copy that is being written just now is whole the next moment.
            var reading = DeviceStore.ReadState(device);
            if (reading.Faults.Any(fault => fault is not null))
                reading = DeviceStore.ReadState(device);
            using var files = new FileTree(device.DataFolder);
            notices.AddRange(reading.Faults.OfType<string>().Select(fault => $"one copy of the state record is damaged: {fault}"));
            return reading.Record is not { } record ? status : status with
            {
                Record = record,
                Update = UpdateStatus.Read(device, record),
                Kept = [.. record.Kept.Select(number => new UpperInfo(number, UpperStamp.Find(files, number), IsKept: true, IsNamed: true))],
                UpperSince = device.UpperNumber is { } number ? File.GetLastWriteTimeUtc($"{device.DataFolder}{DataLayout.Upper(number)}/{DataLayout.StampName}") : null,
            };
        }
        catch (Exception error) when (error is IOException or ImageException)
        {
            notices.Add($"what is kept cannot be read now: {error.Message}");
            return status;
        }
    }

    private static CarryReport? ReadCarried(Device device, List<string> notices)
    {
        try
        {
            return File.Exists(device.CarryFile) ? CarryReport.Parse(File.ReadAllBytes(device.CarryFile)) : null;
        }
        catch (Exception error) when (error is IOException or ImageException)
        {
            notices.Add(error.Message);
            return null;
        }
    }

    /// <summary>What the upper in use holds of the data partition, and may; null where the file system does not count it.</summary>
    private static Filling? OfPersistent(Device device, Filling data, List<string> notices)
    {
        if (device.UpperNumber is not { } number)
            return null;
        using var quota = ProjectQuota.TryOpen(device.DataFolder);
        if (quota is null)
            return null;
        try
        {
            var used = quota.Used(number);
            var limit = long.TryParse(device.Report.Fact("upper-limit"), NumberStyles.None, CultureInfo.InvariantCulture, out var most) && most > 0 ? most : data.Size;
            return new Filling(used, limit, Math.Clamp(limit - used, 0, data.Free));
        }
        catch (LinuxException error)
        {
            notices.Add($"what the upper holds is not known: {error.Message}");
            return null;
        }
    }
}
