using ImageBuilder.Cli.Rendering;
using ImageBuilder.Formats;
using ImageBuilder.Pipeline.Plan;

namespace ImageBuilder.Cli.Commands;

/// <summary>Loads a spec for the verbs that need a plan.</summary>
internal static class SpecFile
{
    /// <summary>The plan; or null, with every error shown on stderr.</summary>
    public static BuildPlan? Load(string path, string[] set)
    {
        var result = SpecLoader.Load(path, SharedOptions.Variables(set));
        foreach (var diagnostic in result.Diagnostics)
            Errors.Show(diagnostic);
        return result.Plan;
    }

    /// <summary>As the other one; with the spec's lock when asked for.</summary>
    /// <exception cref="ImageException">IB5312, IB5313: there is no lock that can be read.</exception>
    public static BuildPlan? Load(string path, string[] set, bool locked) =>
        Load(path, set) is { } plan ? plan with { Lock = locked ? PackageLock.Read(PackageLock.PathFor(path)) : null } : null;

    /// <summary>As <see cref="Load(string, string[])"/>, for callers that cannot go on without.</summary>
    /// <exception cref="ImageException">IB1901: the spec has errors, which have been shown.</exception>
    public static BuildPlan Require(string path, string[] set) =>
        Load(path, set) ?? throw new ImageException(ImageErrorKind.Spec, "IB1901", $"{path} has errors");
}
