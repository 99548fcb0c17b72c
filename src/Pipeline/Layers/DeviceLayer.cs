using ImageBuilder.Formats;
using ImageBuilder.Formats.Trees;
using ImageBuilder.Pipeline.Plan;
using ImageBuilder.Update;

namespace ImageBuilder.Pipeline.Layers;

/// <summary>What the boot program and the agent find in an image: its settings, the folders they mount at, the agent itself.</summary>
internal static class DeviceLayer
{
    /// <summary>What a login shows of <see cref="DevicePaths.Notice"/>: pam_motd(8) reads this folder, and passes over a link that leads nowhere.</summary>
    private const string Motd = "/etc/motd.d/imagebuilder";
    private const string Units = "/usr/lib/systemd/system";

    // What an update brings is about as large as what is there, and that is not packed yet: the better half of its bytes, in whole MiB.
    private const double PackedShare = 0.6;
    private const long Megabyte = 1 << 20;

    /// <summary>Everything that the spec's files and scripts may change.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="tree">The root file system.</param>
    /// <param name="agent">The agent's program; null when the plan has none.</param>
    /// <param name="time">The time of new files, seconds since 1970.</param>
    public static void Apply(BuildPlan plan, Tree tree, Content? agent, long time)
    {
        EnsureFolder(tree, DevicePaths.Identity, UnixMode.Octal0700);
        if (tree.Resolve("/etc/pam.d") is not null)
            Put(tree, Motd, Node.Symlink(DevicePaths.Notice), time);
        if (agent is null)
            return;
        var program = Node.File(agent);
        program.Mode = UnixMode.Octal0755;
        Put(tree, DevicePaths.Agent, program, time);
        if (tree.Resolve(Units) is null)
            return;
        foreach (var name in Templates.Names.Where(name => name.StartsWith("systemd/imageagent", StringComparison.Ordinal)))
        {
            var unit = name["systemd/".Length..];
            Put(tree, $"{Units}/{unit}", Node.File(Templates.ReadText(name)), time);
            ServicesLayer.EnableWanted(tree, unit, time);
        }
    }

    /// <summary>What comes last: mount points, where nothing has made them, and the settings.</summary>
    /// <exception cref="ImageException">IB5152: a folder that is to be mounted at is a file. IB5153: it lies behind a symbolic link.</exception>
    public static void Finish(BuildPlan plan, Tree tree, long time)
    {
        foreach (var (key, path) in plan.Persist.Select(path => ("persist", path)).Concat(plan.Writable.Select(area => ("writable", area.Path))))
        {
            CheckMountPoint(tree, key, path);
            EnsureFolder(tree, path, UnixMode.Octal0755);
        }
        EnsureFolder(tree, DevicePaths.Identity, UnixMode.Octal0700);
        Put(tree, ImageSettings.Path, Node.File(Content.From(Settings(plan, tree).ToBytes())), time);
    }

    /// <summary>What the image asks of the boot program.</summary>
    internal static ImageSettings Settings(BuildPlan plan, Tree tree) => new()
    {
        Name = plan.Name,
        Version = plan.Version,
        Upper = plan.Upper.Kind,
        UpperSize = plan.Upper.Size,
        UpperLimit = plan.Upper.Limit ?? 0,
        Snapshots = plan.Upper.Snapshots,
        MemoryOnUpperFailure = plan.Upper.MemoryOnFailure,
        Persist = plan.Persist,
        Writable = [.. plan.Writable.Select(area => (area.Path, area.Size))],
        Update = plan.Update?.Settings,
        Reserve = plan.Reserve ?? (plan.HasDisk ? RoomForUpdate(plan, tree) : 0),
    };

    private static long RoomForUpdate(BuildPlan plan, Tree tree)
    {
        var bytes = tree.Walk().Select(entry => entry.Node).Where(node => node.Kind == NodeKind.File).Distinct().Sum(node => node.Content.Length);
        var packed = plan.Compression.Compressor == "none" ? bytes : (long)(bytes * PackedShare);
        return (packed + Megabyte - 1) / Megabyte * Megabyte;
    }

    private static void CheckMountPoint(Tree tree, string key, string path)
    {
        for (var at = path.IndexOf('/', 1); ; at = path.IndexOf('/', at + 1))
        {
            var part = at < 0 ? path : path[..at];
            if (tree.Find(part) is not { } node)
                return;
            if (node.Kind == NodeKind.Symlink)
                throw new ImageException(ImageErrorKind.Spec, "IB5153", $"{key}: {path} lies behind the symbolic link {part} → {node.TargetText}{(tree.ResolvePath(path) is { } real ? $"; name it {real}" : "")}");
            if (!node.IsDirectory)
                throw new ImageException(ImageErrorKind.Spec, "IB5152", $"{key}: {part} is a file in the image, and only folders can be mounted at; name the folder that it lies in");
            if (at < 0)
                return;
        }
    }

    private static void EnsureFolder(Tree tree, string path, ushort mode)
    {
        if (tree.Resolve(path) is null)
            tree.EnsureDirectory(path).Mode = mode;
    }

    private static void Put(Tree tree, string path, Node node, long time)
    {
        node.ModifiedTime = time;
        tree.Put(path, node);
    }
}
