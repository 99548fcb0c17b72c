using ImageBuilder.Formats;
using ImageBuilder.Linux;
using ImageBuilder.Linux.Blocks;
using ImageBuilder.Linux.Mounts;

namespace ImageBuilder.Agent;

/// <summary>
/// A layer over the running root in a mount namespace that this program enters before it becomes the command: there is nothing to tidy up, and
/// nothing that could be forgotten when the program is killed. The loop device frees itself with its mount.
/// </summary>
internal sealed class Trial(Device device)
{
    private static readonly string[] SystemFolders = ["/dev", "/proc", "/sys"];
    private static readonly string[] TemporaryFolders = ["/tmp", "/var/tmp"];
    private readonly string folder = device.RunFolder;

    /// <summary>Becomes the command. Returns only when it could not be run: 126 or 127, as shells do.</summary>
    /// <param name="layer">A SquashFS image.</param>
    /// <param name="command">The command; none for a shell.</param>
    /// <exception cref="ImageException">IB6120: no such layer. IB6121: it cannot be mounted.</exception>
    /// <exception cref="LinuxException">The kernel's reason.</exception>
    public int Run(string layer, IReadOnlyList<string> command)
    {
        layer = Path.GetFullPath(layer);
        if (!File.Exists(layer))
            throw new ImageException(ImageErrorKind.Spec, "IB6120", $"{layer} is {(Directory.Exists(layer) ? "a folder" : "not there")}; expected a layer, a SquashFS image: `imagebuilder layer` and `imageagent capture` make them");
        var here = Environment.CurrentDirectory;
        PrivateMounts.Enter();
        var below = MountedBelow().Select(mount => (mount.Path, Tree: IsFresh(mount.Path, mount.Type) ? null : MountTree.Clone(device.Root.TrimEnd('/') + mount.Path))).ToList();
        MountRoot(layer);
        foreach (var (path, tree) in below)
            using (tree)
                Show(path, tree);
        PrivateMounts.ChangeRoot($"{folder}/root");
        if (Directory.Exists(here))
            Process.ChangeDirectory(here);
        return Become(command);
    }

    /// <summary>What is mounted below the root, without what is mounted below that; of several mounts on one folder, the one that shows.</summary>
    private List<(string Path, string Type)> MountedBelow()
    {
        var root = device.Root.TrimEnd('/');
        var types = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var mount in MountInfo.Read())
            if (mount.Target.StartsWith(root + '/', StringComparison.Ordinal) && mount.Target.Length > root.Length + 1)
                types[mount.Target[root.Length..]] = mount.Type;
        return [.. types.Where(mount => !types.Keys.Any(above => mount.Key.StartsWith(above + '/', StringComparison.Ordinal))).Select(mount => (mount.Key, mount.Value))];
    }

    private static bool IsFresh(string path, string type) => type == "tmpfs" && TemporaryFolders.Contains(path);

    private void MountRoot(string layer)
    {
        // Attached before the folder that the image may lie in is hidden.
        using var loop = LoopDevice.Attach(layer);
        Mount.Attach("tmpfs", folder, "tmpfs", MountFlags.None, "mode=755");
        foreach (var part in (string[])["layer", "upper", "work", "root"])
            Directory.CreateDirectory($"{folder}/{part}");
        try
        {
            Mount.Attach(loop.Path, $"{folder}/layer", "squashfs", MountFlags.ReadOnly);
            File.SetUnixFileMode($"{folder}/upper", File.GetUnixFileMode(device.Root));
            new Overlay([$"{folder}/layer", device.Root], $"{folder}/upper", $"{folder}/work") { IsVolatile = true, UnifiesInodes = true }.MountAt($"{folder}/root");
        }
        catch (LinuxException error)
        {
            throw new ImageException(ImageErrorKind.Unsupported, "IB6121", $"{layer} cannot be laid over the running root: {error.Message}; expected a SquashFS image that this kernel can read", error);
        }
    }

    private void Show(string path, MountTree? tree)
    {
        var target = $"{folder}/root{path}";
        var isFile = tree is not null && File.Exists(device.Root.TrimEnd('/') + path);
        // The layer may have taken the place away: it is made in memory.
        if (isFile && !File.Exists(target))
        {
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.WriteAllBytes(target, []);
        }
        else if (!isFile)
        {
            Directory.CreateDirectory(target);
        }
        if (tree is null)
        {
            Mount.Attach("tmpfs", target, "tmpfs", MountFlags.NoSuid | MountFlags.NoDev, "mode=1777");
            return;
        }
        if (!SystemFolders.Contains(path))
            tree.MakeReadOnly();
        tree.AttachAt(target);
    }

    private static int Become(IReadOnlyList<string> command)
    {
        if (command.Count == 0)
            command = [Environment.GetEnvironmentVariable("SHELL") is { Length: > 0 } shell && Process.IsExecutable(shell) ? shell : "/bin/sh"];
        var found = command[0].Contains('/') ? command[0]
            : (Environment.GetEnvironmentVariable("PATH") ?? "/usr/sbin:/usr/bin:/sbin:/bin").Split(':').Select(folder => $"{folder}/{command[0]}").FirstOrDefault(Process.IsExecutable);
        if (found is null || !File.Exists(found))
            throw new TrialException(127, $"{command[0]}: not found in the layer nor in the running root");
        try
        {
            var environment = Environment.GetEnvironmentVariables();
            Process.Execute(found, command, [.. environment.Keys.Cast<string>().Select(name => $"{name}={environment[name]}"), "IMAGEAGENT_TRY=1"]);
            return ExitCode.Failed; // not reached: it throws, or does not return
        }
        catch (LinuxException error)
        {
            throw new TrialException(126, error.Message);
        }
    }
}

/// <summary>The command of a trial could not be run.</summary>
internal sealed class TrialException(int exitCode, string message) : Exception(message)
{
    /// <summary>126 or 127, as shells have it.</summary>
    public int ExitCode { get; } = exitCode;
}
