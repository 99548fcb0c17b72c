using ImageBuilder.Linux;
using ImageBuilder.Linux.Mounts;

namespace ImageBuilder.Init;

/// <summary>Makes the new root the root, and gives the initramfs' memory back; as switch_root(8).</summary>
internal static class SwitchRoot
{
    private static readonly string[] Carried = ["/dev", "/proc", "/sys", "/run"];

    public static void Run(Boot boot)
    {
        var old = MountInfo.Read().LastOrDefault(mount => mount.Target == "/");
        var (oldDevice, newDevice) = (FileStatus.Of("/").Device, FileStatus.Of(Paths.NewRoot).Device);
        if (oldDevice == newDevice)
            throw new BootException($"{Paths.NewRoot} is not a mount of its own: nothing to switch to");
        var inMemory = old?.Type is "rootfs" or "tmpfs" or "ramfs";

        foreach (var path in Carried)
            if (!Directory.Exists(Paths.NewRoot + path))
                throw new BootException($"the root image has no folder {path}", ["Add the folder to the image: mounts are moved there."]);
        if (boot.UpperFolder is not null || boot.Disk is not null)
            KeepForShutdown();
        foreach (var path in Carried)
            Mount.Move(path, Paths.NewRoot + path);

        using var oldRoot = Folder.Open("/");
        Process.ChangeDirectory(Paths.NewRoot);
        Mount.Move(Paths.NewRoot, "/");
        Process.ChangeRoot(".");
        if (inMemory)
            Delete($"/proc/self/fd/{oldRoot.DangerousGetHandle()}", oldDevice);
        else
            boot.Log.Warning($"the old root is {old?.Type}, not in memory: nothing is deleted there");
    }

    // systemd goes back to /run/initramfs/shutdown at the end, so that what lies under the root can be let go of.
    private static void KeepForShutdown()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Paths.Shutdown)!);
        File.Copy("/init", Paths.Shutdown, overwrite: true);
    }

    // The same file system only: whatever is mounted in the old root is not ours to delete.
    private static void Delete(string folder, string device)
    {
        foreach (var path in Directory.EnumerateFileSystemEntries(folder))
        {
            var status = FileStatus.Of(path);
            if (status.Device != device)
                continue;
            if (!status.IsDirectory)
            {
                File.Delete(path);
                continue;
            }
            Delete(path, device);
            Directory.Delete(path);
        }
    }
}
