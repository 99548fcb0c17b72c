namespace ImageBuilder.Linux;

/// <summary>The ib.* words of the kernel command line: the builder refuses what the boot program would refuse, by the same lists.</summary>
public static class BootKeys
{
    /// <summary>Words that the boot program follows.</summary>
    public static IReadOnlyList<string> Known { get; } =
        ["ib.debug", "ib.image", "ib.media", "ib.shell", "ib.timeline", "ib.timeout", "ib.upper", "ib.upper.size"];

    /// <summary>Words of later work, refused until then.</summary>
    public static IReadOnlyList<string> Later { get; } = ["ib.data", "ib.disk", "ib.reset", "ib.slot", "ib.toram"];
}
