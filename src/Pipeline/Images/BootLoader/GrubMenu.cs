using ImageBuilder.Pipeline.Plan;

namespace ImageBuilder.Pipeline.Images.BootLoader;

/// <summary>The boot menu: literal kernel command lines, so that what boots can be read in one file.</summary>
internal static class GrubMenu
{
    /// <summary>The menu of a live medium; the first entry boots by itself.</summary>
    public static string Live(BuildPlan plan, MediumIdentity identity, string kernel, string initramfs, string layer, int seconds)
    {
        var words = new List<string> { plan.Kernel.CommandLine, $"ib.media=LABEL={identity.Label}", $"ib.image={layer}" };
        if (plan.Upper.Kind == "none")
            words.Add("ib.upper=none");
        else
            words.Add($"ib.upper.size={plan.Upper.Size}");
        var live = string.Join(' ', words.Where(word => word.Length > 0));
        return Templates.Fill("grub/live.cfg.hbs", new Dictionary<string, object>
        {
            ["name"] = plan.Name,
            ["version"] = plan.Version,
            ["idFile"] = identity.IdFile,
            ["timeout"] = seconds,
            ["kernel"] = kernel,
            ["initramfs"] = initramfs,
            ["entries"] = new[]
            {
                new Dictionary<string, object> { ["title"] = "Live", ["commandLine"] = live },
                new Dictionary<string, object> { ["title"] = "Debug shell", ["commandLine"] = live + " ib.debug ib.shell" },
            },
        });
    }
}
