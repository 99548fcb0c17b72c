using ImageBuilder.Fuzz.Tests.Readers;

namespace ImageBuilder.Fuzz.Tests;

/// <summary>All readers of files that a stranger may have written.</summary>
internal static class FuzzTargets
{
    public static IReadOnlyList<FuzzTarget> All { get; } =
    [
        SquashFsTarget.Compressed, SquashFsTarget.Plain, IsoTarget.Target, FatTarget.Target, DiskTarget.Target, CpioTarget.Target, TarTarget.Target, OciTarget.Target,
        UpdateTargets.State, UpdateTargets.Stack, UpdateTargets.Factory, UpdateTargets.Settings, UpdateTargets.Channel, UpdateTargets.Signature,
    ];
}
