using ImageBuilder.Formats.Trees;
using ImageBuilder.Pipeline.Plan;
using ImageBuilder.Pipeline.Running;
using ImageBuilder.Pipeline.Sources;

namespace ImageBuilder.Pipeline.Layers;

/// <summary>Everything the spec adds to the base, in its fixed order.</summary>
public static class LayerRun
{
    /// <summary>
    /// Applies the plan to the base's tree. Order: builder's traces out; settings; users (so that files can belong to them); what
    /// the device needs; files; services (so that units from files can be enabled); scripts; traces that scripts left out again; mount points.
    /// </summary>
    /// <param name="plan">The plan.</param>
    /// <param name="agent">The agent's program; null when the plan has none.</param>
    /// <param name="source">The base; its tree is changed.</param>
    /// <param name="workFolder">For the scripts' result.</param>
    /// <param name="reporter">Hears the steps.</param>
    /// <param name="cancel">Stops scripts.</param>
    /// <returns>The whole tree and what must stay open as long as it is used.</returns>
    public static (Tree Tree, IDisposable? File) Apply(BuildPlan plan, BaseTree source, Content? agent, string workFolder, IBuildReporter reporter, CancellationToken cancel)
    {
        var tree = source.Root;
        var time = source.Epoch.ToUnixTimeSeconds();
        using (var step = reporter.Begin("layers"))
        {
            BuilderTraces.Remove(plan, tree, time, new HashSet<string>());
            SystemSettings.Apply(plan, tree, time);
            UsersLayer.Apply(plan, tree, time);
            DeviceLayer.Apply(plan, tree, agent, time);
            SshHostKeys.Apply(plan, tree, time);
            FilesLayer.Apply(plan, tree, time);
            ServicesLayer.Apply(plan, tree, time);
            step.Complete($"files {plan.Files.Count}, users {plan.Users.Count}, services {plan.Services.Enable.Count + plan.Services.Disable.Count}");
        }
        IDisposable? file = null;
        if (plan.Scripts.Any(script => script.Stage == ScriptStage.Final))
        {
            (tree, file) = ScriptsLayer.Apply(plan, tree, time, Path.Combine(workFolder, "scripts.tar"), reporter, cancel);
            BuilderTraces.Remove(plan, tree, time, FilesLayer.Paths(plan));
        }
        DeviceLayer.Finish(plan, tree, time);
        ClampTimes(tree, time);
        UpdateStamps.Apply(plan, tree);
        return (tree, file);
    }

    /// <summary>No file is newer than the epoch: the builder's clock never enters an image.</summary>
    private static void ClampTimes(Tree tree, long time)
    {
        tree.Root.ModifiedTime = Math.Min(tree.Root.ModifiedTime, time);
        foreach (var (_, node) in tree.Walk())
            node.ModifiedTime = Math.Min(node.ModifiedTime, time);
    }
}
