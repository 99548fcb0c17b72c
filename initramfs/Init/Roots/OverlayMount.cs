using ImageBuilder.Linux.Mounts;
using ImageBuilder.Update.Data;

namespace ImageBuilder.Init;

/// <summary>An overlay: read-only folders, the top one first, and above them a folder with upperdir and workdir in it; null for none.</summary>
internal sealed class OverlayMount(IReadOnlyList<string> lowers, string? upper)
{
    /// <summary>What is written needs not survive a crash: an upper in memory.</summary>
    public bool IsVolatile { get; init; }

    /// <summary>Nothing can be written even where there is an upper.</summary>
    public bool IsReadOnly { get; init; }

    /// <summary>Inode numbers are one for the whole overlay; needs lower file systems that have no high bits in theirs.</summary>
    public bool UnifiesInodes { get; init; }

    private bool ReadOnly => IsReadOnly || upper is null;

    /// <summary>The options beside the folders. Without redirect_dir, renaming a folder of a layer gives EXDEV; metacopy and index bind an upper to the very files below.</summary>
    private List<(string Key, string Value)> Options()
    {
        var options = new List<(string, string)>();
        if (upper is not null)
            options.AddRange([("upperdir", $"{upper}/{DataLayout.UpperName}"), ("workdir", $"{upper}/{DataLayout.WorkName}"), ("redirect_dir", "on"), ("metacopy", "off"), ("index", "off")]);
        if (UnifiesInodes)
            options.Add(("xino", "on"));
        return options;
    }

    /// <summary>Puts it together and attaches it.</summary>
    /// <exception cref="IOException">The kernel's reason.</exception>
    public void MountAt(string target)
    {
        using var overlay = FileSystemContext.TryOpen("overlay");
        if (overlay is null || !overlay.TrySet("lowerdir+", lowers[0]))
        {
            MountBefore68(target);
            return;
        }
        foreach (var lower in lowers.Skip(1))
            overlay.Set("lowerdir+", lower);
        overlay.Set("source", "overlay");
        foreach (var (key, value) in Options())
            overlay.Set(key, value);
        if (IsVolatile)
            overlay.SetFlag("volatile");
        if (ReadOnly)
            overlay.SetFlag("ro");
        overlay.MountAt(target);
    }

    // `lowerdir+` came with Linux 6.8. Mount.Attach refuses what mount(2) would cut.
    private void MountBefore68(string target)
    {
        var options = string.Join(',', [$"lowerdir={string.Join(':', lowers)}", .. Options().ConvertAll(option => $"{option.Key}={option.Value}"), .. IsVolatile ? (string[])["volatile"] : []]);
        Mount.Attach("overlay", target, "overlay", ReadOnly ? MountFlags.ReadOnly : MountFlags.None, options);
    }
}
