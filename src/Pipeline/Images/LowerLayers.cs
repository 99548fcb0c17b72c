using System.Security.Cryptography;
using ImageBuilder.Formats;
using ImageBuilder.Formats.SquashFs;
using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Pipeline.Images;

/// <summary>The layers below a spec's own, and what they show together. The files of images are open as long as this.</summary>
internal sealed class LowerLayers : IDisposable
{
    private readonly List<IDisposable> files = [];
    private readonly List<(LayerImage Image, Tree Tree)> layers = [];

    /// <summary>What a mount of all of them shows.</summary>
    public Tree Shown { get; } = new();

    /// <summary>The layers with their trees, the lowest first.</summary>
    public IReadOnlyList<(LayerImage Image, Tree Tree)> All => layers;

    /// <summary>The layers, the lowest first.</summary>
    public IEnumerable<LayerImage> Images => layers.Select(layer => layer.Image);

    /// <summary>Puts a SquashFS image on top.</summary>
    /// <param name="path">Its file.</param>
    /// <param name="warn">Told of what will look broken.</param>
    /// <exception cref="ImageException">IB5155: it is none. IB3040: it refers to files of other layers. Errors of the reader.</exception>
    public void Add(string path, Action<string> warn)
    {
        var file = File.OpenHandle(path);
        files.Add(file);
        string digest;
        using (var bytes = File.OpenRead(path))
            digest = Convert.ToHexStringLower(SHA256.HashData(bytes));
        var image = LayerImage.Of(file, path, digest);
        if (!SquashFsImage.IsSquashFs(image.Content))
            throw new ImageException(ImageErrorKind.Spec, "IB5155", $"layers: {path} is no SquashFS image; `imagebuilder layer` makes one of a folder, an overlay's upper or a tar");
        try
        {
            var tree = SquashFsImage.Open(image.Content).ReadTree();
            if (Stray(tree.Root, Shown.Root, "").FirstOrDefault() is { } stray)
                warn($"layers: {path}: the whiteout {stray} has nothing to hide, in a folder that no layer below has, and shows as a broken file; `imagebuilder layer --lower` leaves such out");
            Add(image, tree);
        }
        catch (ImageException error)
        {
            throw new ImageException(error.Kind, error.Id, $"layers: {path}: {error.Message}", error);
        }
    }

    /// <summary>Puts a layer on top; the one that is there already, only once.</summary>
    /// <param name="image">The layer.</param>
    /// <param name="tree">What it holds; it is not changed.</param>
    public void Add(LayerImage image, Tree tree)
    {
        if (layers.Count > 0 && layers[^1].Image.Sha256 == image.Sha256)
            return;
        layers.Add((image, tree));
        TreeMerge.Apply(Shown, tree.Copy());
    }

    public void Dispose() => files.ForEach(file => file.Dispose());

    /// <summary>Whiteouts in folders that do not merge.</summary>
    private static IEnumerable<string> Stray(Node layer, Node? below, string path)
    {
        var merges = below is { IsDirectory: true } && !(layer.HasXattrs && layer.Xattrs.TryGetValue(TreeMerge.Opaque, out var opaque) && opaque is [(byte)'y']);
        foreach (var (name, node) in layer.Children)
            if (node.IsWhiteout && !merges)
                yield return $"{path}/{name}";
            else if (node.IsDirectory)
                foreach (var found in Stray(node, merges ? below!.Children.GetValueOrDefault(name) : null, $"{path}/{name}"))
                    yield return found;
    }
}
