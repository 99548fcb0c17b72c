using ImageBuilder.Linux;
using ImageBuilder.Linux.Mounts;

namespace ImageBuilder.Init;

/// <summary>A shell of the system that is being started, with the system's folders as its own, while this program waits.</summary>
internal static class RootShell
{
    /// <summary>How this program is called to become the shell: itself can change its root only for all its threads.</summary>
    public const string Verb = "chroot";

    private static readonly string[] Shells = ["/bin/bash", "/bin/sh", "/bin/busybox"];
    private static readonly string[] Shared = ["/dev", "/proc", "/sys", "/run"];

    /// <summary>Runs a shell in a folder to its end; its exit code.</summary>
    /// <exception cref="BootException">There is no shell there.</exception>
    public static int Run(string folder)
    {
        var root = new RootFolder(folder);
        var shell = Shells.FirstOrDefault(root.IsExecutable) ?? throw new BootException($"there is no shell in {folder}: looked for {string.Join(", ", Shells)}");
        var shared = Shared.Where(path => Directory.Exists(folder + path)).ToList();
        foreach (var path in shared)
            Mount.Bind(path, folder + path, recursive: true);
        try
        {
            return Process.Run("/init", ["init", Verb, folder, shell], ["PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root", "TERM=linux"]);
        }
        finally
        {
            foreach (var path in SequenceOperators.Reverse(shared))
                Mount.Detach(folder + path, lazy: true);
        }
    }

    /// <summary>The other side: called as a child, with a folder and a program in it.</summary>
    public static void Become(string folder, string shell)
    {
        Process.ChangeRoot(folder);
        var environment = Environment.GetEnvironmentVariables();
        Process.Execute(shell, [Path.GetFileName(shell), .. Path.GetFileName(shell) == "busybox" ? (string[])["sh"] : []],
            [.. environment.Keys.Cast<string>().Select(key => $"{key}={environment[key]}")]);
    }
}
