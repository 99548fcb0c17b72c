using ImageBuilder.Linux.CommandLines;

namespace ImageBuilder.Init;

/// <summary>What happens when what is kept cannot be had: the boot stops, or goes on and says so wherever somebody may look. Never quietly.</summary>
internal static class UpperPolicy
{
    /// <summary>Returns when the boot goes on without.</summary>
    /// <param name="boot">The boot.</param>
    /// <param name="fault">What cannot be had, and why.</param>
    /// <param name="consequence">What happens instead, should the boot go on.</param>
    /// <exception cref="BootException">The boot stops.</exception>
    public static void Apply(Boot boot, string fault, string consequence)
    {
        // A trial without what the device keeps would pass for healthy.
        if (boot.IsOnTrial || Stops(boot.Settings.MemoryOnUpperFailure, boot.Options))
            throw new BootException(fault,
                [
                    "To start once without what was kept, add ib.upper=tmpfs to the kernel command line (key e in the boot menu).",
                    "To look at the partition and to mend it, start another system from a stick: e2fsck -f finds more than the automatic check.",
                    "With onUpperFailure: tmpfs in the spec the system would start by itself with an upper in memory.",
                ], boot.Failures);
        boot.Fail(fault);
        boot.Notice($"{char.ToUpperInvariant(fault[0])}{fault[1..]}. {consequence}");
        boot.Decide("upper-failure", "goes on", boot.Settings.MemoryOnUpperFailure ? "onUpperFailure: tmpfs" : "kernel command line");
    }

    /// <summary>Who asks for an upper that keeps nothing, knowing, is not stopped.</summary>
    internal static bool Stops(bool memoryOnFailure, BootOptions options) => !memoryOnFailure && options.Upper is null or UpperKind.Persistent && options.Persistence != Persistence.Never;
}
