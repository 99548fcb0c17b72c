using ImageBuilder.Formats.Trees;
using ImageBuilder.Pipeline.Plan;

namespace ImageBuilder.Pipeline.Layers;

/// <summary>
/// Takes out what must not ship: what names one machine, keys made while installing, the builder's own host name and resolver, package
/// lists and caches, install logs, and the distribution's initramfs.
/// </summary>
internal static class BuilderTraces
{
    private static readonly string[] Secrets = ["/var/lib/systemd/random-seed", "/var/lib/systemd/credential.secret", "/var/lib/dbus/machine-id", "/etc/.pwd.lock"];

    private static readonly string[] Logs =
    [
        "/var/log/dpkg.log", "/var/log/alternatives.log", "/var/log/bootstrap.log", "/var/log/apt/history.log", "/var/log/apt/term.log", "/var/log/apt/eipp.log.xz",
        "/var/cache/ldconfig/aux-cache", "/var/cache/debconf/config.dat-old", "/var/cache/debconf/templates.dat-old", "/var/cache/debconf/passwords.dat",
    ];

    /// <summary>Cleans the tree; paths in <paramref name="wanted"/> come from the spec and stay.</summary>
    public static void Remove(BuildPlan plan, Tree tree, long time, IReadOnlySet<string> wanted)
    {
        // Empty, not missing: systemd then makes one at boot, and does not take the boot for a first one (machine-id(5)).
        if (!wanted.Contains("/etc/machine-id") && tree.Resolve("/etc") is not null)
        {
            var id = Node.File("");
            (id.Mode, id.ModifiedTime) = (UnixMode.Octal0444, time);
            tree.Put("/etc/machine-id", id);
        }
        foreach (var path in Secrets.Concat(Logs))
            Drop(path);
        if (tree.Find("/etc/resolv.conf") is { Kind: NodeKind.File })
            Drop("/etc/resolv.conf");
        if (tree.Find("/etc/resolv.conf") is null && tree.Resolve("/usr/lib/systemd/systemd-resolved") is not null)
        {
            var link = Node.Symlink("../run/systemd/resolve/stub-resolv.conf");
            link.ModifiedTime = time;
            tree.Put("/etc/resolv.conf", link);
        }
        DropBelow("/etc/ssh", name => name.StartsWith("ssh_host_", StringComparison.Ordinal));
        DropBelow("/boot", name => name.StartsWith("initrd.img", StringComparison.Ordinal) || name.StartsWith("initramfs-", StringComparison.Ordinal));
        foreach (var link in (string[])["/initrd.img", "/initrd.img.old"])
            Drop(link);
        DropBelow("/var/lib/dpkg", name => name.EndsWith("-old", StringComparison.Ordinal));
        DropBelow("/etc", name => name is "passwd-" or "group-" or "shadow-" or "gshadow-" or "subuid-" or "subgid-");
        if (!plan.Keep.Apt)
        {
            DropBelow("/var/lib/apt/lists", name => name != "partial");
            DropBelow("/var/cache/apt", name => name.EndsWith(".bin", StringComparison.Ordinal));
            DropBelow("/var/cache/apt/archives", name => name != "partial");
        }

        void Drop(string path)
        {
            if (!wanted.Contains(path) && tree.Find(path) is { IsDirectory: false })
                tree.Remove(path);
        }

        void DropBelow(string folder, Func<string, bool> unwanted)
        {
            if (tree.Resolve(folder) is not { IsDirectory: true } directory)
                return;
            foreach (var name in directory.Children.Keys.Where(name => unwanted(name.ToString())).ToArray())
                if (!wanted.Contains($"{folder}/{name}"))
                    directory.Children.Remove(name);
        }
    }
}
