using ImageBuilder.Qemu.Machines;

namespace ImageBuilder.Qemu.Scenarios;

/// <summary>The artefact behind a scenario's <c>image</c>.</summary>
/// <param name="Path">The file to boot.</param>
/// <param name="Direct">Its kernel, initramfs and command line, for firmware <c>direct</c>; null when only the artefact is known.</param>
/// <param name="BootLimit">The longest time from the kernel's start to the real init; null for no limit.</param>
public sealed record ResolvedImage(string Path, DirectBoot? Direct = null, TimeSpan? BootLimit = null)
{
    /// <summary>What it is to the machine unless a boot step says otherwise.</summary>
    public Media Media { get; init; } = Media.Cdrom;
}
