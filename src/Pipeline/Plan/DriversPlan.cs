namespace ImageBuilder.Pipeline.Plan;

/// <summary>Which kernel modules the initramfs carries.</summary>
/// <param name="Profile">"generic", "virtio", or "list".</param>
/// <param name="Modules">For "list": module names.</param>
public sealed record DriversPlan(string Profile, IReadOnlyList<string> Modules);
