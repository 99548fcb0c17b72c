using ImageBuilder.Linux.Mounts;
using ImageBuilder.Update.Data;

namespace ImageBuilder.Init;

/// <summary>Overlays whose upper is a folder as the data partition has it: what is written, and the work folder, beside each other in it.</summary>
internal static class Overlays
{
    /// <summary>Read-only folders, the top one first, and above them what is written in a folder; null for none.</summary>
    public static Overlay Of(IReadOnlyList<string> lowers, string? upper) =>
        new(lowers, upper is null ? null : $"{upper}/{DataLayout.UpperName}", upper is null ? null : $"{upper}/{DataLayout.WorkName}");
}
