namespace ImageBuilder.Linux.Mounts;

/// <summary>An overlay mount (kernel documentation, filesystems/overlayfs), new or as the kernel describes one that is there.</summary>
/// <param name="Layers">The layers' folders, the top one first; the kernel takes at most 500, and a read-only overlay needs two.</param>
/// <param name="Upper">The writable folder; null for none.</param>
/// <param name="Work">The folder beside it in which overlayfs prepares things; null for none.</param>
public sealed record Overlay(IReadOnlyList<string> Layers, string? Upper = null, string? Work = null)
{
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

    /// <summary>Puts it together, ready to be mounted: writable when there is an upper, which is thrown away afterwards.</summary>
    /// <exception cref="LinuxException">The kernel's reason; ENOSYS before Linux 5.2.</exception>
    public FileSystemContext Prepare()
    {
        var context = FileSystemContext.TryOpen("overlay") ?? throw new LinuxException("fsopen", "overlay", Errno.ENOSYS);
        context.Set("source", "overlay");
        // `lowerdir+` came with Linux 6.8.
        if (context.TrySet("lowerdir+", Layers[0]))
            foreach (var layer in Layers.Skip(1))
                context.Set("lowerdir+", layer);
        else
            context.Set("lowerdir", string.Join(':', Layers));
        if (Upper is not null && Work is not null)
        {
            context.Set("upperdir", Upper);
            context.Set("workdir", Work);
            context.Set("redirect_dir", "on");
            context.Set("metacopy", "off");
            context.SetFlag("volatile");
        }
        context.Set("xino", "on");
        if (Upper is null)
            context.SetFlag("ro");
        return context;
    }
}
