using ImageBuilder.Formats.Trees;
using ImageBuilder.Pipeline.Caching;
using ImageBuilder.Pipeline.Images;
using ImageBuilder.Pipeline.Images.Initramfs;
using ImageBuilder.Pipeline.Layers;
using ImageBuilder.Pipeline.Plan;
using ImageBuilder.Pipeline.Sources;

namespace ImageBuilder.Pipeline;

/// <summary>`layers:`: what lies below the spec's own layer.</summary>
public sealed partial class BuildRun
{
    private readonly Stack<IDisposable> opened = new();

    /// <summary>The layers of each spec that is one, by its path.</summary>
    private readonly Dictionary<string, IReadOnlyList<(LayerImage Image, Tree Tree)>> made = new(StringComparer.Ordinal);

    /// <summary>The layers below a plan's own; null when it has none, and is one layer by itself.</summary>
    private LowerLayers? LowerOf(BuildPlan of, string key, string workFolder, BlockStore? blocks, CancellationToken cancel)
    {
        if (of.Layers.Count == 0)
            return null;
        var lower = Keep(new LowerLayers());
        if (of.Base is not LayersBase)
            AddSpec(lower, BaseOf(of), key + " base", workFolder, blocks, cancel);
        foreach (var layer in of.Layers)
        {
            if (layer.Spec is { } spec)
                AddSpec(lower, spec, layer.Path, workFolder, blocks, cancel);
            else
                lower.Add(layer.Path, reporter.Warn);
        }
        return lower;
    }

    private void AddSpec(LowerLayers lower, BuildPlan spec, string key, string workFolder, BlockStore? blocks, CancellationToken cancel)
    {
        if (!made.TryGetValue(key, out var layers))
            made[key] = layers = MakeLayers(spec, key, workFolder, blocks, cancel);
        foreach (var (image, tree) in layers)
            lower.Add(image, tree);
    }

    /// <summary>A spec as layers: those that it stands on, and its own.</summary>
    private List<(LayerImage Image, Tree Tree)> MakeLayers(BuildPlan spec, string key, string workFolder, BlockStore? blocks, CancellationToken cancel)
    {
        var lower = LowerOf(spec, key, workFolder, blocks, cancel);
        var below = lower?.Shown.Copy() ?? new Tree();
        var source = Keep(Load(spec, lower, cancel));
        var folder = Directory.CreateDirectory(Path.Combine(workFolder, $"layer-{made.Count}")).FullName;
        var (tree, file) = LayerRun.Apply(spec, source, Agent(spec), folder, reporter, cancel);
        if (file is not null)
            Keep(file);
        var layer = TreeDifference.Of(below, tree, cancel);
        // The spec on top still looks for the kernel: only what is packed is without.
        var packed = layer.Copy();
        if (!spec.Keep.Kernel)
            foreach (var kernel in KernelFinder.FindAll(tree))
                LayerWriter.RemoveKernel(packed, kernel);
        var path = Path.Combine(folder, "layer.squashfs");
        var digest = LayerWriter.Write(spec, source.Epoch, packed, path, options.Jobs, blocks, reporter, cancel);
        return [.. lower?.All ?? [], (LayerImage.Of(Keep(File.OpenHandle(path)), path, digest), layer)];
    }

    private BaseTree Load(BuildPlan of, LowerLayers? lower, CancellationToken cancel)
    {
        var cache = new BaseCache(options.CacheFolder);
        var source = lower is null ? BaseSources.For(of, cache, reporter) : new LayersSource(lower.Shown.Copy(), of, cache, reporter);
        return source.Load(options.Refresh, cancel);
    }

    /// <summary>A plan's base by itself, which is the lowest layer where others lie over it.</summary>
    private static BuildPlan BaseOf(BuildPlan plan) => plan with
    {
        Layers = [],
        Users = [],
        Services = new ServicesPlan([], []),
        Files = [],
        Scripts = [.. plan.Scripts.Where(script => script.Stage == ScriptStage.Base)],
        Upper = new UpperPlan("none", "0"),
        Persist = [],
        Writable = [],
        Agent = false,
        Outputs = [],
        Lock = null,
    };

    private T Keep<T>(T file) where T : IDisposable
    {
        opened.Push(file);
        return file;
    }
}
