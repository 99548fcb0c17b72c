using System.Globalization;
using ImageBuilder.Formats.Trees;
using ImageBuilder.Pipeline.Plan;

namespace ImageBuilder.Pipeline.Layers;

/// <summary>
/// The stamps by which systemd knows that what follows from the content of /usr was done for /etc and /var (systemd-update-done.service(8),
/// ConditionNeedsUpdate= in systemd.unit(5)). Debian's packages do it when they are installed: the linker's cache, system users, the journal's
/// catalog, the hardware database. Without the stamps every start of a live image, and each first start of a new version, would do it once more.
/// </summary>
internal static class UpdateStamps
{
    /// <summary>What systemd would make something of at the next start.</summary>
    private static readonly string[] Sources =
        ["/etc/sysusers.d/", "/usr/lib/sysusers.d/", "/etc/udev/hwdb.d/", "/usr/lib/udev/hwdb.d/", "/usr/lib/systemd/catalog/", "/etc/ld.so.conf"];

    /// <summary>Puts them into a tree that is complete, unless something besides packages may have changed what they stand for.</summary>
    public static void Apply(BuildPlan plan, Tree tree)
    {
        if (plan.Base is not DebianBase || plan.Layers.Count > 0 || plan.Scripts.Any(script => script.Stage == ScriptStage.Final) || FilesLayer.Paths(plan).Any(IsSource))
            return;
        if (tree.Resolve("/usr") is not { IsDirectory: true } usr || tree.Resolve("/usr/lib/systemd/systemd") is null)
            return;
        foreach (var path in (string[])["/etc/.updated", "/var/.updated"])
        {
            var stamp = Node.File(string.Create(CultureInfo.InvariantCulture, $"# When this folder was last brought in line with /usr; see systemd-update-done.service(8).\nTIMESTAMP_NSEC={usr.ModifiedTime}000000000\n"));
            stamp.ModifiedTime = usr.ModifiedTime;
            tree.Put(path, stamp);
        }
    }

    private static bool IsSource(string path) => path.Contains(".so", StringComparison.Ordinal) || Sources.Any(source => path.StartsWith(source, StringComparison.Ordinal));
}
