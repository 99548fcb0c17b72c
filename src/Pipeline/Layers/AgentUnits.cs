using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Pipeline.Layers;

/// <summary>The agent's units, and what makes systemd feed the watchdog that the boot program has started.</summary>
internal static class AgentUnits
{
    private const string Folder = "/usr/lib/systemd/system";
    private const string Prefix = "systemd/";

    /// <summary>The boot program looks for it: without, nobody would feed a watchdog that it leaves running (initramfs/Init/Devices/WatchdogGuard.cs).</summary>
    private const string WatchdogDropIn = Update.DevicePaths.WatchdogDropIn;

    /// <summary>Puts them in where there is systemd; they are enabled.</summary>
    /// <param name="tree">The root file system.</param>
    /// <param name="hasUpdates">Whether new versions are tried on this system.</param>
    /// <param name="time">The time of new files, seconds since 1970.</param>
    public static void Apply(Tree tree, bool hasUpdates, long time)
    {
        if (tree.Resolve(Folder) is null)
            return;
        var names = Templates.Names.Where(name => name.StartsWith(Prefix + "imageagent", StringComparison.Ordinal)).Select(name => name[Prefix.Length..]).ToList();
        foreach (var name in names)
            Put(tree, $"{Folder}/{name}", Prefix + name, time);
        foreach (var name in names)
            ServicesLayer.EnableWanted(tree, name, time);
        if (hasUpdates)
            Put(tree, WatchdogDropIn, Prefix + "watchdog.conf", time);
    }

    private static void Put(Tree tree, string path, string template, long time)
    {
        var file = Node.File(Templates.ReadText(template));
        file.ModifiedTime = time;
        tree.Put(path, file);
    }
}
