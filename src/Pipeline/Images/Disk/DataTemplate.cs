using System.Security.Cryptography;
using ImageBuilder.Formats.Trees;
using ImageBuilder.Pipeline.Plan;
using ImageBuilder.Update;
using Microsoft.Win32.SafeHandles;

namespace ImageBuilder.Pipeline.Images.Disk;

/// <summary>
/// An empty data partition inside the root file system of a live ISO: on a stick the boot program makes a partition of it, since it has no mke2fs.
/// Nearly all of it is holes, which take no space in a layer.
/// </summary>
internal static class DataTemplate
{
    /// <summary>Whether the plan's images need one.</summary>
    public static bool IsNeeded(BuildPlan plan) => plan.KeepsData && plan.Outputs.Contains(OutputKind.Iso);

    /// <summary>Makes the file system and puts it into the tree.</summary>
    /// <param name="root">The root file system.</param>
    /// <param name="workFolder">Where the file is made.</param>
    /// <param name="epoch">The time of everything in it.</param>
    /// <param name="cancel">Stops mke2fs.</param>
    /// <returns>The open file; keep it open as long as the tree is used.</returns>
    /// <exception cref="Formats.ImageException">IB3001: mke2fs is not installed. IB3002: it failed.</exception>
    public static SafeFileHandle AddTo(Tree root, string workFolder, DateTimeOffset epoch, CancellationToken cancel)
    {
        var path = Path.Combine(workFolder, "data.ext4");
        using (new SparseFile(path, DataFileSystem.LeastLength))
        {
        }
        // The device gives the partition ids of its own; these are the same everywhere, so that layers are.
        DataFileSystem.Make(path, 0, DataFileSystem.LeastLength, Id("template"u8), Id("template hash seed"u8), epoch, cancel);
        var file = File.OpenHandle(path);
        var node = Node.File(Content.From(file, 0, DataFileSystem.LeastLength, path));
        (node.Mode, node.ModifiedTime) = (UnixMode.Octal0600, epoch.ToUnixTimeSeconds());
        root.Put(DevicePaths.DataTemplate, node);
        return file;
    }

    private static Guid Id(ReadOnlySpan<byte> purpose) => MediumIdentity.GuidOf(SHA256.HashData(purpose));
}
