using ImageBuilder.Formats.Trees;
using ImageBuilder.Pipeline.Plan;
using ImageBuilder.Pipeline.Running;

namespace ImageBuilder.Pipeline.Sources;

/// <summary>`layers:`: what the layers show together, as a base.</summary>
/// <param name="shown">What they show; it becomes the base's tree.</param>
/// <param name="plan">The plan.</param>
/// <param name="cache">The cache.</param>
/// <param name="reporter">Hears the steps.</param>
internal sealed class LayersSource(Tree shown, BuildPlan plan, BaseCache cache, IBuildReporter reporter) : ReadySource(new LayersBase { BootLoader = SuiteOf(plan) }, plan, cache, reporter)
{
    protected override (Tree Tree, Func<string>? Identity) Read(OpenFiles files, bool refresh, IBuildStep step, CancellationToken cancel) => (shown, null);

    /// <summary>Where the boot loader comes from: the suite of the lowest base that says it.</summary>
    private static DebianBase? SuiteOf(BuildPlan plan) => plan.Base switch
    {
        DebianBase debian => debian with { Variant = DebianBase.NothingInstalled, Recommends = false },
        ReadyBase { BootLoader: { } suite } => suite,
        _ => plan.Layers.Select(layer => layer.Spec is { } spec ? SuiteOf(spec) : null).FirstOrDefault(suite => suite is not null),
    };
}
