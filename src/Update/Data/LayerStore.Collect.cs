using ImageBuilder.Update.Stacks;

namespace ImageBuilder.Update.Data;

public sealed partial class LayerStore
{
    private const string StackExtension = ".json";

    /// <summary>
    /// Deletes what the given stacks do not name: manifests, layers, unfinished ones. To be called after the record that no longer names them is on the
    /// device. When the manifest of a stack that is named is nowhere, nothing is known of its layers, and all stay.
    /// </summary>
    /// <param name="named">The stacks that are booted, may be booted, or are being installed.</param>
    /// <param name="elsewhere">Those of them whose manifests are not in the store: the factory stack, or one that is about to be installed.</param>
    /// <returns>Names of what is gone.</returns>
    /// <exception cref="Formats.ImageException">IB6029: something cannot be deleted.</exception>
    public IReadOnlyList<string> Collect(IReadOnlyList<StackId> named, IReadOnlyList<StackManifest>? elsewhere = null)
    {
        try
        {
            List<string> gone = [];
            var wanted = Wanted(named, elsewhere);
            foreach (var name in Names(DataLayout.Stacks))
                if (IsUnfinished(name) || (StackOf(name) is { } id && !named.Contains(id)))
                    Delete(DataLayout.Stacks, name, gone);
            if (wanted is not null)
                foreach (var name in Names(DataLayout.Layers))
                    if (DigestOf(name) is { } digest && !wanted.Contains(digest))
                        Delete(DataLayout.Layers, name, gone);
            return gone;
        }
        catch (IOException error)
        {
            throw Failed("the store cannot be cleaned", error);
        }
    }

    /// <summary>Bytes of the layers that <see cref="Collect"/> would delete.</summary>
    /// <inheritdoc cref="Collect"/>
    public long Collectable(IReadOnlyList<StackId> named, IReadOnlyList<StackManifest>? elsewhere = null) => Wanted(named, elsewhere) is not { } wanted ? 0
        : Names(DataLayout.Layers).Where(name => DigestOf(name) is { } digest && !wanted.Contains(digest)).Sum(name => data.Find($"{DataLayout.Layers}/{name}")?.Allocated ?? 0);

    /// <summary>Digests of the layers of some stacks; null when a stack is not known.</summary>
    private HashSet<string>? Wanted(IReadOnlyList<StackId> named, IReadOnlyList<StackManifest>? elsewhere)
    {
        var wanted = new HashSet<string>(StringComparer.Ordinal);
        foreach (var id in named)
        {
            if ((elsewhere?.FirstOrDefault(stack => stack.Id == id) ?? FindStack(id)) is not { } stack)
                return null;
            foreach (var layer in stack.Layers)
                wanted.Add(layer.Sha256);
        }
        return wanted;
    }

    private IReadOnlyList<string> Names(string folder) => data.Find(folder) is { IsFolder: true } ? data.List(folder) : [];

    private void Delete(string folder, string name, List<string> gone)
    {
        data.Remove($"{folder}/{name}");
        gone.Add(name);
    }

    private static bool IsUnfinished(string name) => name.StartsWith(DataLayout.NewPrefix, StringComparison.Ordinal);

    /// <summary>The stack that a manifest or a signature of one belongs to; null for files of others.</summary>
    private static StackId? StackOf(string name) =>
        name.IndexOf(StackExtension, StringComparison.Ordinal) is > 0 and var end && StackId.IsHex(name[..end]) ? StackId.Parse(name[..end]) : null;

    /// <summary>The layer that a file is, or is to become; null for files of others.</summary>
    private static string? DigestOf(string name)
    {
        var digest = IsUnfinished(name) ? name[DataLayout.NewPrefix.Length..] : name.EndsWith(Extension, StringComparison.Ordinal) ? name[..^Extension.Length] : "";
        return StackId.IsHex(digest) ? digest : null;
    }
}
