using System.Text;

namespace ImageBuilder.Linux.Modules;

/// <summary>
/// The modules of an initramfs with everything needed to load them, computed when the image is built, so that nothing has to be
/// worked out at boot. A text of lines, fields separated by one space, lists by ',', an empty list as '-':
/// <code>
/// module NAME FILE DEPENDENCIES BEFORE AFTER
/// builtin NAME            a module that was asked for and is part of the kernel
/// alias PATTERN NAME      as in modules.alias, for the modules of this table
/// </code>
/// </summary>
public sealed class ModuleTable
{
    /// <summary>The folder of the modules, and of the table, in the initramfs.</summary>
    public const string Folder = "/lib/modules";

    /// <summary>The name of the table in <see cref="Folder"/>.</summary>
    public const string FileName = "table";

    /// <summary>The file in <see cref="Folder"/> that says which kernel the modules are for.</summary>
    public const string KernelFileName = "kernel";

    private readonly Dictionary<string, List<(string Pattern, string Module)>> aliases = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, ModuleEntry> modules = new(StringComparer.Ordinal);
    private readonly SortedSet<string> builtin = new(StringComparer.Ordinal);

    /// <summary>The modules by name.</summary>
    public IReadOnlyDictionary<string, ModuleEntry> Modules => modules;

    /// <summary>Modules that are part of the kernel, as far as the image asked for them.</summary>
    public IReadOnlySet<string> Builtin => builtin;

    /// <summary>Adds a module.</summary>
    public void Add(ModuleEntry module) => modules[module.Name] = module;

    /// <summary>Notes that a module is part of the kernel.</summary>
    public void AddBuiltin(string name) => builtin.Add(KernelModule.Normalize(name));

    /// <summary>Adds a pattern of device aliases that a module is for.</summary>
    public void AddAlias(string pattern, string module)
    {
        var bus = Bus(pattern);
        if (!aliases.TryGetValue(bus, out var list))
            aliases.Add(bus, list = []);
        list.Add((pattern, module));
    }

    /// <summary>The modules whose patterns match a device's alias, or whose name it is; each once, in the table's order.</summary>
    public IReadOnlyList<string> Match(string alias)
    {
        var found = new List<string>();
        var name = KernelModule.Normalize(alias);
        if (modules.ContainsKey(name))
            found.Add(name);
        if (aliases.TryGetValue(Bus(alias), out var list))
            foreach (var (pattern, module) in list)
                if (!found.Contains(module) && Glob.Matches(pattern, alias))
                    found.Add(module);
        return found;
    }

    /// <summary>Reads a table.</summary>
    /// <exception cref="FormatException">A line is not understood; the message has it.</exception>
    public static ModuleTable Parse(string text)
    {
        var table = new ModuleTable();
        var number = 0;
        foreach (var line in text.AsSpan().EnumerateLines())
        {
            number++;
            if (line.IsEmpty)
                continue;
            var fields = line.ToString().Split(' ');
            switch (fields)
            {
                case ["module", var name, var file, var dependencies, var before, var after]:
                    table.Add(new ModuleEntry(name, file, ReadList(dependencies), ReadList(before), ReadList(after)));
                    break;
                case ["builtin", var name]:
                    table.AddBuiltin(name);
                    break;
                case ["alias", var pattern, var module]:
                    table.AddAlias(pattern, module);
                    break;
                default:
                    throw new FormatException($"module table, line {number}: not understood: {line}");
            }
        }
        return table;
    }

    /// <summary>The table as text.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        foreach (var module in modules.Values)
            text.Append($"module {module.Name} {module.File} {WriteList(module.Dependencies)} {WriteList(module.Before)} {WriteList(module.After)}\n");
        foreach (var name in builtin)
            text.Append($"builtin {name}\n");
        foreach (var list in aliases.OrderBy(list => list.Key, StringComparer.Ordinal))
            foreach (var (pattern, module) in list.Value)
                text.Append($"alias {pattern} {module}\n");
        return text.ToString();
    }

    // The part before anything variable: "pci" of "pci:v00008086d*", "acpi" of "acpi*:PNP0303:*".
    private static string Bus(string alias)
    {
        var end = alias.AsSpan().IndexOfAny(":*?[");
        return KernelModule.Normalize(end < 0 ? alias : alias[..end]);
    }

    private static string[] ReadList(string field) => field == "-" ? [] : field.Split(',');

    private static string WriteList(IReadOnlyList<string> names) => names.Count == 0 ? "-" : string.Join(',', names);
}
