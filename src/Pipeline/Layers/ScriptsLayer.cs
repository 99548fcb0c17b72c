using ImageBuilder.Formats.Trees;
using ImageBuilder.Pipeline.Plan;
using ImageBuilder.Pipeline.Running;
using ImageBuilder.Pipeline.Sources;

namespace ImageBuilder.Pipeline.Layers;

/// <summary>`scripts:` after files and users.</summary>
internal static class ScriptsLayer
{
    private const string Step = "scripts";

    /// <summary>The tree as the scripts left it; contents lie in <paramref name="workFile"/>, which the returned archive keeps open.</summary>
    public static (Tree Tree, IDisposable File) Apply(BuildPlan plan, Tree tree, long time, string workFile, IBuildReporter reporter, CancellationToken cancel)
    {
        using var step = reporter.Begin(Step);
        var scripts = plan.Scripts.Where(script => script.Stage == ScriptStage.Final).Select(script => new ScriptRun.Script(script.Run, $"at {script.Origin}")).ToArray();
        ScriptRun.Run(Step, plan.Architecture, tree, scripts, time, workFile, step, cancel);
        var result = ScriptRun.Open(workFile, tree);
        step.Complete($"{scripts.Length} run");
        return (result.Tree, result);
    }
}
