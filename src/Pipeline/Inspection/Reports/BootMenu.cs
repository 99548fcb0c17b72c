using System.Text;
using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Pipeline.Inspection.Reports;

/// <summary>One entry of a boot menu.</summary>
/// <param name="File">The menu's file.</param>
/// <param name="Title">What the person sees.</param>
/// <param name="Kernel">The kernel's path.</param>
/// <param name="CommandLine">What the kernel is given.</param>
/// <param name="Initramfs">The initramfs images' paths, in order.</param>
internal sealed record BootMenuEntry(string File, string Title, string Kernel, string CommandLine, IReadOnlyList<string> Initramfs);

/// <summary>Reads boot menus as GRUB, syslinux and systemd-boot have them, as far as they start Linux; scripts are not run, so variables stay as they are.</summary>
internal static class BootMenu
{
    private const int MaxFile = 1 << 20;
    private const int MaxEntries = 500;
    private static readonly string[] KernelWords = ["linux", "linuxefi", "linux16"];
    private static readonly string[] InitramfsWords = ["initrd", "initrdefi", "initrd16"];

    /// <summary>All entries of all menus in a tree.</summary>
    public static IReadOnlyList<BootMenuEntry> Read(Tree tree)
    {
        var entries = new List<BootMenuEntry>();
        foreach (var (path, node) in tree.Walk().Where(entry => entry.Node.Kind == NodeKind.File && entry.Node.Content.Length is > 0 and <= MaxFile))
        {
            var lower = path.ToLowerInvariant();
            if (lower.EndsWith(".cfg", StringComparison.Ordinal) && (lower.Contains("grub", StringComparison.Ordinal) || lower.EndsWith("/boot.cfg", StringComparison.Ordinal)))
                entries.AddRange(Grub(path, Lines(node)));
            else if (lower.EndsWith(".cfg", StringComparison.Ordinal) && lower.Contains("linux/", StringComparison.Ordinal))
                entries.AddRange(Syslinux(path, Lines(node)));
            else if (lower.EndsWith(".conf", StringComparison.Ordinal) && lower.Contains("/loader/entries/", StringComparison.Ordinal))
                entries.AddRange(SystemdBoot(path, Lines(node)));
        }
        return entries.Take(MaxEntries).ToArray();
    }

    /// <summary>GRUB manual, "menuentry", "linux", "initrd".</summary>
    private static IEnumerable<BootMenuEntry> Grub(string file, IEnumerable<string> lines)
    {
        var entry = new Draft(file);
        foreach (var line in lines)
        {
            var words = line.Split((char[]?)null, 3, StringSplitOptions.RemoveEmptyEntries);
            if (words is ["menuentry", ..])
            {
                if (entry.Finish() is { } done)
                    yield return done;
                entry = new Draft(file) { Title = Quoted(line["menuentry".Length..].Trim()) };
            }
            else if (words is [var linux, var kernel, ..] && KernelWords.Contains(linux))
            {
                (entry.Kernel, entry.CommandLine) = (kernel, words.Length > 2 ? words[2].Trim() : "");
            }
            else if (words is [var initrd, ..] && InitramfsWords.Contains(initrd))
            {
                entry.Initramfs.AddRange(words[1..].SelectMany(word => word.Split(' ', StringSplitOptions.RemoveEmptyEntries)));
            }
        }
        if (entry.Finish() is { } last)
            yield return last;
    }

    /// <summary>syslinux wiki, "Config": words in any case; the initramfs may stand on the command line.</summary>
    private static IEnumerable<BootMenuEntry> Syslinux(string file, IEnumerable<string> lines)
    {
        var entry = new Draft(file);
        foreach (var line in lines)
        {
            var words = line.Trim().Split((char[]?)null, 2, StringSplitOptions.RemoveEmptyEntries);
            if (words is not [var word, var rest])
                continue;
            switch (word.ToLowerInvariant())
            {
                case "label":
                    if (entry.Finish() is { } done)
                        yield return done;
                    entry = new Draft(file) { Title = rest };
                    break;
                case "menu" when rest.StartsWith("label ", StringComparison.OrdinalIgnoreCase):
                    entry.Title = rest[6..].Replace("^", "", StringComparison.Ordinal).Trim();
                    break;
                case "kernel" or "linux" when !rest.EndsWith(".c32", StringComparison.OrdinalIgnoreCase):
                    entry.Kernel = rest;
                    break;
                case "initrd":
                    entry.Initramfs.AddRange(rest.Split(','));
                    break;
                case "append":
                    entry.CommandLine = rest;
                    entry.Initramfs.AddRange(rest.Split(' ').Where(part => part.StartsWith("initrd=", StringComparison.Ordinal)).SelectMany(part => part[7..].Split(',')));
                    break;
                default:
                    break;
            }
        }
        if (entry.Finish() is { } last)
            yield return last;
    }

    /// <summary>Boot Loader Specification, type 1 entries.</summary>
    private static IEnumerable<BootMenuEntry> SystemdBoot(string file, IEnumerable<string> lines)
    {
        var entry = new Draft(file);
        foreach (var line in lines)
        {
            if (line.Split((char[]?)null, 2, StringSplitOptions.RemoveEmptyEntries) is not [var word, var rest])
                continue;
            rest = rest.Trim();
            switch (word)
            {
                case "title":
                    entry.Title = rest;
                    break;
                case "linux":
                    entry.Kernel = rest;
                    break;
                case "initrd":
                    entry.Initramfs.Add(rest);
                    break;
                case "options":
                    entry.CommandLine = $"{entry.CommandLine} {rest}".Trim();
                    break;
                default:
                    break;
            }
        }
        if (entry.Finish() is { } only)
            yield return only;
    }

    private static string[] Lines(Node node) => Encoding.UTF8.GetString(node.Content.ToArray(MaxFile)).Split('\n');

    private static string Quoted(string text) =>
        text.Length > 1 && text[0] is '"' or '\'' && text.IndexOf(text[0], 1) is > 0 and var end ? text[1..end] : text.Split(' ')[0];

    private sealed class Draft(string file)
    {
        public string Title { get; set; } = "";

        public string Kernel { get; set; } = "";

        public string CommandLine { get; set; } = "";

        public List<string> Initramfs { get; } = [];

        public BootMenuEntry? Finish() => Kernel.Length == 0 ? null : new BootMenuEntry(file, Title, Kernel, CommandLine, Initramfs);
    }
}
