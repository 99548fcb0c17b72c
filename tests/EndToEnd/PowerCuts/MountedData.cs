using ImageBuilder.Init;
using ImageBuilder.Linux.Files;

namespace ImageBuilder.EndToEnd.Tests.PowerCuts;

/// <summary>
/// The data partition of a replayed device, mended by e2fsck as at a start, and mounted by the kernel. Each has a file of its own: what other tests start in a mount namespace
/// of its own, as mmdebstrap does, has every mount for as long as it lives, and the kernel goes on writing to a file system that is mounted there.
/// </summary>
internal sealed class MountedData : IDisposable
{
    private static int count;
    private readonly string image;

    /// <param name="device">The device.</param>
    /// <param name="folder">For its copy.</param>
    public MountedData(ReplayedDevice device, TempFolder folder)
    {
        var number = Interlocked.Increment(ref count);
        (image, Path) = (folder[$"data-{number}.img"], folder[$"data-{number}"]);
        device.Disk.Save(image, device.Growth.Offset, device.Growth.Length);
        var (code, output, error) = Tool.TryRun("e2fsck", "-p", image);
        if (!FileSystemCheck.IsMended(code))
            throw new InvalidDataException($"e2fsck -p ends with {code}: {output}{error}");
        // A kernel without quotas does not mount a file system that counts for them; they are no part of what is judged.
        Tool.Run("tune2fs", "-O", "^project,^quota", image);
        Directory.CreateDirectory(Path);
        Tool.Run("mount", "-o", "loop,nobarrier", image, Path);
        Files = new FileTree(Path);
    }

    public FileTree Files { get; }

    /// <summary>The names in a folder; none where there is no such folder.</summary>
    public IReadOnlyList<string> Names(string path) => Files.Find(path) is null ? [] : Files.List(path);

    private string Path { get; }

    public void Dispose()
    {
        Files.Dispose();
        Tool.Run("umount", "--lazy", Path);
        File.Delete(image);
    }
}
