using System.Text;
using System.Text.RegularExpressions;
using ImageBuilder.Pipeline.Plan;

namespace ImageBuilder.Pipeline.Images.BootLoader;

/// <summary>The boot menu: literal kernel command lines, so that what boots can be read in one file.</summary>
internal static partial class GrubMenu
{
    private const string Special = @"\$;&|<>{}'#";
    private const string SpecialInQuotes = @"\$";

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
                new Dictionary<string, object> { ["title"] = "Live", ["commandLine"] = Quote(live) },
                new Dictionary<string, object> { ["title"] = "Debug shell", ["commandLine"] = Quote(live + " ib.debug ib.shell") },
            },
        });
    }

    /// <summary>A kernel command line as GRUB's script language takes it: what means something to that language follows a backslash.</summary>
    /// <remarks>GRUB manual, "Quoting". Double quotes are left alone: they group words for the kernel just as for GRUB.</remarks>
    internal static string Quote(string commandLine)
    {
        var text = new StringBuilder(commandLine.Length);
        var quoted = false;
        foreach (var c in commandLine)
        {
            quoted ^= c == '"';
            if ((quoted ? SpecialInQuotes : Special).Contains(c))
                text.Append('\\');
            text.Append(c);
        }
        return text.ToString();
    }

    /// <summary>Undoes <see cref="Quote"/>.</summary>
    internal static string Unquote(string text) => Escaped().Replace(text, "$1");

    [GeneratedRegex(@"\\(.)")]
    private static partial Regex Escaped();
}
