using ImageBuilder.Pipeline.Spec;
using ImageBuilder.Update.Stacks;

namespace ImageBuilder.Pipeline.Plan;

/// <summary>Layers below the spec's own.</summary>
internal sealed partial class PlanResolver
{
    private List<LayerPlan> ResolveLayers()
    {
        var layers = new List<LayerPlan>();
        foreach (var given in _spec.Texts("layers"))
        {
            if (ExistingFile(given, "layer", folderAllowed: false) is not { } path)
                continue;
            if (!path.EndsWith(".yaml", StringComparison.Ordinal) && !path.EndsWith(".yml", StringComparison.Ordinal))
                layers.Add(new LayerPlan(path, null));
            else if (ResolveLayer(given, path) is { } spec)
                layers.Add(new LayerPlan(path, spec));
        }
        if (_spec.Has("layers") && Count(layers) + (_spec.Has("base") ? 2 : 1) is var count and > StackManifest.MaxLayers)
            _diagnostics.Add(SpecErrors.OutOfRange, _spec.KeySpan("layers"), $"with the layers of the specs and the spec's own there are {count} layers; {StackManifest.MaxLayers} are the most");
        return layers;
    }

    /// <summary>Loads a spec as a layer; its errors become this one's.</summary>
    private BuildPlan? ResolveLayer(SpecText given, string path)
    {
        if (_above.Contains(path))
        {
            _diagnostics.Add(SpecErrors.LayerCircle, given.Span, $"the layer {Diagnostic.Quote(given.Value)} is a spec that this one is itself a layer of");
            return null;
        }
        var name = Path.Combine(Path.GetDirectoryName(_diagnostics.Source.Name) ?? "", given.Value);
        // The command line's variables are this spec's: a layer that others share does not change with them.
        var result = SpecLoader.Load(path, name, _above, ResolveArchitecture());
        _diagnostics.AddAll(result.Diagnostics);
        return result.Plan;
    }

    /// <summary>Layers that these come to: a spec's own, and those that it stands on.</summary>
    private static int Count(IEnumerable<LayerPlan> layers) =>
        layers.Sum(layer => layer.Spec is { } spec ? Count(spec.Layers) + (spec.Base is LayersBase || spec.Layers.Count == 0 ? 1 : 2) : 1);
}
