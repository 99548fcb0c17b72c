using ImageBuilder.Pipeline.Plan;
using ImageBuilder.Pipeline.Running;

namespace ImageBuilder.Pipeline.Sources;

/// <summary>The source for each kind of base.</summary>
public static class BaseSources
{
    /// <summary>The source of the plan's base.</summary>
    public static IBaseSource For(BuildPlan plan, BaseCache cache, IBuildReporter reporter) => plan.Base switch
    {
        DebianBase => new MmdebstrapSource(plan, cache, reporter),
        TarBase tar => new TarSource(tar, plan, cache, reporter),
        DirectoryBase directory => new DirectorySource(directory, plan, cache, reporter),
        OciBase image => new OciSource(image, plan, cache, reporter),
        var other => throw new InvalidOperationException($"the base {other} has no source"),
    };
}
