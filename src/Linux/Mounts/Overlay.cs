using Microsoft.Win32.SafeHandles;

namespace ImageBuilder.Linux.Mounts;

/// <summary>An overlay mount (kernel documentation, filesystems/overlayfs), new or as the kernel describes one that is there.</summary>
/// <param name="Layers">The layers' folders, the top one first; the kernel takes at most 500, and a read-only overlay needs two.</param>
/// <param name="Upper">The writable folder; null for none.</param>
/// <param name="Work">The folder beside it in which overlayfs prepares things; null for none.</param>
public sealed record Overlay(IReadOnlyList<string> Layers, string? Upper = null, string? Work = null)
{
    /// <summary>What is written needs not survive a crash: an upper in memory, or one that is thrown away.</summary>
    public bool IsVolatile { get; init; }

    /// <summary>Nothing can be written even where there is an upper.</summary>
    public bool IsReadOnly { get; init; }

    /// <summary>Inode numbers are one for the whole overlay; needs lower file systems that have no high bits in theirs.</summary>
    public bool UnifiesInodes { get; init; }

    private bool ReadOnly => IsReadOnly || Upper is null;

    /// <summary>Reads a mount; null when it is no overlay.</summary>
    public static Overlay? Of(MountInfo mount)
    {
        if (mount.Type != "overlay")
            return null;
        var layers = new List<string>();
        string? upper = null, work = null;
        // Since 6.8 each layer has an option of its own; before, one had them all.
        foreach (var option in mount.SuperOptions.Split(','))
            switch (option.Split('=', 2))
            {
                case ["lowerdir+", var layer]:
                    layers.Add(MountInfo.Unescape(layer));
                    break;
                case ["lowerdir", var all]:
                    layers.AddRange(all.Split(':', StringSplitOptions.RemoveEmptyEntries).Select(MountInfo.Unescape));
                    break;
                case ["upperdir", var path]:
                    upper = MountInfo.Unescape(path);
                    break;
                case ["workdir", var path]:
                    work = MountInfo.Unescape(path);
                    break;
            }
        return new Overlay(layers, upper, work);
    }

    /// <summary>Puts it together and attaches it.</summary>
    /// <exception cref="LinuxException">The kernel's reason.</exception>
    public void MountAt(string target)
    {
        using var context = TryPrepare();
        if (context is not null)
            context.MountAt(target);
        else
            MountBefore68(target);
    }

    /// <summary>Puts it together, attached nowhere (<see cref="FileSystemContext.Mount"/>).</summary>
    /// <exception cref="LinuxException">The kernel's reason; ENOSYS before Linux 6.8.</exception>
    public SafeFileHandle Mount()
    {
        using var context = TryPrepare() ?? throw new LinuxException("fsconfig", "overlay lowerdir+", Errno.ENOSYS);
        return context.Mount();
    }

    /// <summary>Null where the kernel does not take the layers one by one, which came with Linux 6.8: one value holds 255 bytes at most.</summary>
    private FileSystemContext? TryPrepare()
    {
        var context = FileSystemContext.TryOpen("overlay");
        if (context is null || !context.TrySet("lowerdir+", Layers[0]))
        {
            context?.Dispose();
            return null;
        }
        foreach (var layer in Layers.Skip(1))
            context.Set("lowerdir+", layer);
        context.Set("source", "overlay");
        foreach (var (key, value) in Options())
            context.Set(key, value);
        if (IsVolatile)
            context.SetFlag("volatile");
        if (ReadOnly)
            context.SetFlag("ro");
        return context;
    }

    // Mount.Attach refuses what mount(2) would cut.
    private void MountBefore68(string target)
    {
        var options = string.Join(',', [$"lowerdir={string.Join(':', Layers)}", .. Options().ConvertAll(option => $"{option.Key}={option.Value}"), .. IsVolatile ? (string[])["volatile"] : []]);
        Mounts.Mount.Attach("overlay", target, "overlay", ReadOnly ? MountFlags.ReadOnly : MountFlags.None, options);
    }

    /// <summary>The options beside the layers. Without redirect_dir, renaming a folder of a layer gives EXDEV; metacopy and index bind an upper to the very files below.</summary>
    private List<(string Key, string Value)> Options()
    {
        var options = new List<(string, string)>();
        if (Upper is not null && Work is not null)
            options.AddRange([("upperdir", Upper), ("workdir", Work), ("redirect_dir", "on"), ("metacopy", "off"), ("index", "off")]);
        if (UnifiesInodes)
            options.Add(("xino", "on"));
        return options;
    }
}
