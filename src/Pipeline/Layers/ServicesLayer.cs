using System.Text;
using ImageBuilder.Formats;
using ImageBuilder.Formats.Trees;
using ImageBuilder.Pipeline.Plan;

namespace ImageBuilder.Pipeline.Layers;

/// <summary>
/// `services:`: what `systemctl --root=… enable` and `disable` would do, done to the tree: symbolic links after each unit's [Install]
/// section (systemd.unit(5), "[Install] Section Options").
/// </summary>
internal static class ServicesLayer
{
    private const string Own = "/etc/systemd/system";
    private static readonly string[] UnitFolders = [Own, "/usr/local/lib/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system"];

    public static void Apply(BuildPlan plan, Tree tree, long time)
    {
        foreach (var unit in plan.Services.Disable)
            Disable(tree, unit);
        foreach (var unit in plan.Services.Enable)
            Enable(tree, unit, time, []);
    }

    /// <summary>Enables a unit whose [Install] section says what wants it; one without is started by others.</summary>
    public static void EnableWanted(Tree tree, string unit, long time)
    {
        if (FindUnit(tree, unit) is { } found && Install(found.File).Count > 0)
            Enable(tree, unit, time, []);
    }

    private static void Enable(Tree tree, string unit, long time, HashSet<string> seen)
    {
        if (!seen.Add(unit))
            return;
        var (path, file) = FindUnit(tree, unit) ?? throw NoSuchUnit(tree, unit, "enable");
        var install = Install(file);
        if (install.Count == 0)
            throw new ImageException(ImageErrorKind.Spec, "IB4031",
                $"services.enable: {unit} has no [Install] section, so nothing says what would start it; it is started by others, or needs WantedBy=multi-user.target");
        var name = unit;
        if (unit.Contains("@.", StringComparison.Ordinal) && install["DefaultInstance"].FirstOrDefault() is { } instance)
            name = unit.Replace("@.", $"@{instance}.", StringComparison.Ordinal);
        foreach (var (key, folder) in ((string, string)[])[("WantedBy", "wants"), ("RequiredBy", "requires"), ("UpheldBy", "upholds")])
            foreach (var target in install[key])
                Link($"{Own}/{Specifiers(target, name)}.{folder}/{name}", path);
        foreach (var alias in install["Alias"])
            Link($"{Own}/{Specifiers(alias, name)}", path);
        foreach (var also in install["Also"])
            Enable(tree, Specifiers(also, name), time, seen);

        void Link(string at, string target)
        {
            var link = Node.Symlink(target);
            link.ModifiedTime = time;
            tree.Put(at, link);
        }
    }

    private static void Disable(Tree tree, string unit)
    {
        if (FindUnit(tree, unit) is null)
            throw NoSuchUnit(tree, unit, "disable");
        if (tree.Resolve(Own) is not { IsDirectory: true } own)
            return;
        foreach (var folder in own.Children.Values.Where(node => node.IsDirectory).Prepend(own))
            foreach (var name in folder.Children.Where(entry => IsLinkTo(entry.Key.ToString(), entry.Value)).Select(entry => entry.Key).ToArray())
                folder.Children.Remove(name);

        bool IsLinkTo(string name, Node node) => node.Kind == NodeKind.Symlink
            && (node.TargetText.EndsWith("/" + unit, StringComparison.Ordinal) || (name == unit && node.TargetText != "/dev/null"));
    }

    /// <summary>The unit's own file; an instance such as getty@tty1.service falls back to its template getty@.service.</summary>
    private static (string Path, Node File)? FindUnit(Tree tree, string unit)
    {
        var at = unit.IndexOf('@', StringComparison.Ordinal);
        var dot = unit.LastIndexOf('.');
        string[] names = at > 0 && dot > at + 1 ? [unit, unit[..(at + 1)] + unit[dot..]] : [unit];
        foreach (var name in names)
            foreach (var folder in UnitFolders)
                if (tree.Resolve($"{folder}/{name}") is { Kind: NodeKind.File } file)
                    return ($"{folder}/{name}", file);
        return null;
    }

    private static ILookup<string, string> Install(Node file)
    {
        var section = "";
        var found = new List<(string Key, string Value)>();
        foreach (var raw in Encoding.UTF8.GetString(file.Content.ToArray()).Replace("\\\n", " ", StringComparison.Ordinal).Split('\n'))
        {
            var line = raw.Trim();
            if (line.StartsWith('[') && line.EndsWith(']'))
                section = line;
            else if (section == "[Install]" && line.IndexOf('=', StringComparison.Ordinal) is > 0 and var equals && line[0] is not ('#' or ';'))
                found.AddRange(line[(equals + 1)..].Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Select(value => (line[..equals].Trim(), value)));
        }
        return found.ToLookup(pair => pair.Key, pair => pair.Value);
    }

    /// <summary>The specifiers that [Install] sections use: %i instance, %p prefix, %n and %N the unit's name.</summary>
    private static string Specifiers(string text, string unit)
    {
        var stem = unit[..unit.LastIndexOf('.')];
        var at = stem.IndexOf('@', StringComparison.Ordinal);
        return text.Replace("%i", at < 0 ? "" : stem[(at + 1)..], StringComparison.Ordinal)
            .Replace("%p", at < 0 ? stem : stem[..at], StringComparison.Ordinal)
            .Replace("%n", unit, StringComparison.Ordinal)
            .Replace("%N", stem, StringComparison.Ordinal);
    }

    private static ImageException NoSuchUnit(Tree tree, string unit, string verb)
    {
        var known = UnitFolders.Select(tree.Resolve).Where(node => node is { IsDirectory: true }).SelectMany(node => node!.Children.Keys).Select(name => name.ToString()).ToHashSet();
        var near = known.Where(name => Path.GetFileNameWithoutExtension(name).StartsWith(Path.GetFileNameWithoutExtension(unit), StringComparison.Ordinal)).Order(StringComparer.Ordinal).Take(3).ToArray();
        var hint = near.Length > 0 ? $"; did you mean {string.Join(" or ", near)}?"
            : "; install the package that brings it, or add the unit under files:";
        return new ImageException(ImageErrorKind.Spec, "IB4030", $"services.{verb}: there is no unit '{unit}' in the image{hint}");
    }
}
