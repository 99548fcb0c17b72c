using ImageBuilder.Formats;
using ImageBuilder.Linux.Modules;

namespace ImageBuilder.Pipeline.Images.Initramfs;

/// <summary>From the modules that are wished for to the table of all that are needed.</summary>
internal static class ModuleSelector
{
    /// <exception cref="ImageException">IB5112: a required module is neither a file nor part of the kernel.</exception>
    public static ModuleTable Select(KernelModuleIndex index, DriverSelection drivers)
    {
        var table = new ModuleTable();
        var before = new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal);
        var chosen = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var name in drivers.Required.Where(name => !index.Has(name) && !index.Builtin.Contains(name)))
            throw new ImageException(ImageErrorKind.Unsupported, "IB5112",
                $"kernel {index.KernelVersion} has no module '{name}', which drivers: {drivers.Description} needs; modules with a similar name: {Similar(index, name)}");
        var pending = new Queue<string>();
        foreach (var name in drivers.Required.Concat(drivers.Optional))
            Want(name);
        while (pending.TryDequeue(out var name))
        {
            foreach (var needed in index.Dependencies[name])
                Want(needed);
            if (!index.SoftDependencies.TryGetValue(name, out var wishes))
                continue;
            before[name] = Resolve(index, wishes.Before);
            foreach (var wish in before[name].Concat(Resolve(index, wishes.After)))
                Want(wish);
        }

        foreach (var name in chosen)
        {
            var after = index.SoftDependencies.TryGetValue(name, out var wishes) ? Resolve(index, wishes.After) : [];
            // A wish that leads back to the module itself would have both wait for each other.
            var first = before.GetValueOrDefault(name, []).Where(wish => !Reaches(index, before, wish, name)).ToList();
            if (before.ContainsKey(name))
                before[name] = first;
            table.Add(new ModuleEntry(name, $"{name}.ko", [.. index.Dependencies[name].Where(chosen.Contains)], first, [.. after]));
        }
        foreach (var (pattern, module) in index.Aliases)
            if (chosen.Contains(module) && IsUsedAtBoot(pattern))
                table.AddAlias(pattern, module);
        return table;

        void Want(string name)
        {
            if (index.Has(name))
            {
                if (chosen.Add(name))
                    pending.Enqueue(name);
            }
            else if (index.Builtin.Contains(name))
            {
                table.AddBuiltin(name);
            }
        }
    }

    // Names, or aliases such as "crypto-crc32c"; what the kernel has built in, and what it does not have, is nothing to wait for.
    private static List<string> Resolve(KernelModuleIndex index, IReadOnlyList<string> wishes) =>
        [.. wishes.SelectMany(wish => index.Has(KernelModule.Normalize(wish))
            ? [KernelModule.Normalize(wish)]
            : index.Aliases.Where(alias => Glob.Matches(alias.Pattern, wish)).Select(alias => alias.Module))
            .Where(index.Has).Distinct(StringComparer.Ordinal)];

    private static bool Reaches(KernelModuleIndex index, Dictionary<string, IReadOnlyList<string>> before, string from, string to)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var pending = new Stack<string>([from]);
        while (pending.TryPop(out var name))
        {
            if (name == to)
                return true;
            if (seen.Add(name) && index.Has(name))
                foreach (var next in index.Dependencies[name].Concat(before.GetValueOrDefault(name, [])))
                    pending.Push(next);
        }
        return false;
    }

    // Devices ("pci:v0000…") and file systems ("fs-ext4"); not the kernel's requests to a modprobe that is not there.
    private static bool IsUsedAtBoot(string pattern) => pattern.Contains(':') || pattern.StartsWith("fs-", StringComparison.Ordinal);

    private static string Similar(KernelModuleIndex index, string name)
    {
        var start = name[..Math.Min(3, name.Length)];
        var similar = index.Dependencies.Keys.Where(other => other.StartsWith(start, StringComparison.Ordinal)).Order(StringComparer.Ordinal).Take(8).ToList();
        return similar.Count == 0 ? "none" : string.Join(", ", similar);
    }
}
