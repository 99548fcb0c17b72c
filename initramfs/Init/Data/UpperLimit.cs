using ImageBuilder.Linux;
using ImageBuilder.Linux.Files;

namespace ImageBuilder.Init;

/// <summary>The most that the persistent upper may hold: the image's limit, and what leaves the reserve for an update free.</summary>
internal static class UpperLimit
{
    public static void Set(Boot boot)
    {
        var settings = boot.Settings;
        if (settings is { UpperLimit: 0, Reserve: 0 })
            return;
        using var quota = ProjectQuota.TryOpen(Paths.Data);
        if (quota is null)
        {
            boot.Fail("the data partition keeps no project quotas: neither the upper's limit nor the reserve for updates holds");
            boot.Log.Show("imagebuilder: the data partition keeps no project quotas: neither the upper's limit nor the reserve for updates holds.");
            return;
        }
        try
        {
            var project = boot.UpperNumber!.Value;
            var limit = Of(settings.UpperLimit, settings.Reserve, quota.Used(project), new DriveInfo(Paths.Data).AvailableFreeSpace);
            quota.Limit(project, limit);
            boot.Timeline.Set("upper-limit", limit);
            boot.Decide("upper-limit", $"{limit >> 20} MiB", $"limit {settings.UpperLimit >> 20} MiB (0: none), reserve {settings.Reserve >> 20} MiB");
        }
        catch (LinuxException error)
        {
            boot.Fail($"the upper's limit cannot be set: {error.Message}");
        }
    }

    /// <summary>The limit in bytes; never 0, which would mean none.</summary>
    /// <param name="limit">The image's; 0 for none.</param>
    /// <param name="reserve">Bytes that stay free.</param>
    /// <param name="used">Bytes that the upper holds.</param>
    /// <param name="free">Bytes that are free now.</param>
    internal static long Of(long limit, long reserve, long used, long free)
    {
        if (reserve == 0)
            return limit;
        var most = Math.Max(used + free - reserve, 1);
        return limit == 0 ? most : Math.Min(limit, most);
    }
}
