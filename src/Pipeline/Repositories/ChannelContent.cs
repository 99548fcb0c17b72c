using System.Text;
using ImageBuilder.Formats;
using ImageBuilder.Formats.SquashFs;
using ImageBuilder.Formats.Trees;
using ImageBuilder.Update.Channels;
using ImageBuilder.Update.Repositories;
using ImageBuilder.Update.Signatures;
using ImageBuilder.Update.Stacks;

namespace ImageBuilder.Pipeline.Repositories;

/// <summary>What a channel of a repository holds: read, and its blobs' digests checked, but no signature.</summary>
internal sealed class ChannelContent
{
    private readonly RepositoryFolder repository;

    private ChannelContent(RepositoryFolder repository, string name, RepositoryManifest manifest)
    {
        (this.repository, Manifest) = (repository, manifest);
        var channel = manifest.Of(BlobRole.Channel).Single().Blob;
        Document = ChannelDocument.Parse(repository.Read(channel, ChannelDocument.MaxLength));
        if (Document.Channel != name)
            throw Wrong(name, $"its document is of the channel '{Document.Channel}'");
        Stacks = [.. manifest.Of(BlobRole.Stack).Select(stack => (stack.Blob, StackManifest.Parse(repository.Read(stack.Blob, RepositoryManifest.MaxLength))))];
        var stackId = Document.Stack.ToString();
        Stack = Stacks.FirstOrDefault(stack => stack.Blob.Sha256 == stackId).Manifest ?? throw Wrong(name, $"it names no stack {stackId}, which its document points at");
        if (manifest.Of(BlobRole.Changes).SingleOrDefault() is { } changes && (Changes = StackChanges.Parse(repository.Read(changes.Blob, StackChanges.MaxLength))).Stack != Document.Stack)
            throw Wrong(name, $"its list of changed paths is of the stack {Changes.Stack}, and its document points at {Document.Stack}");
        KeyDocuments = [.. manifest.Of(BlobRole.Keys).Select(keys => (keys.Blob, Document: ChannelDocument.Parse(repository.Read(keys.Blob, ChannelDocument.MaxLength)))).OrderBy(keys => keys.Document.Sequence)];
    }

    public RepositoryManifest Manifest { get; }

    /// <summary>The channel document.</summary>
    public ChannelDocument Document { get; }

    /// <summary>The stack that it points at.</summary>
    public StackManifest Stack { get; }

    /// <summary>All stacks, the current one and those that are kept, in the manifest's order: the newest first.</summary>
    public IReadOnlyList<(StackBlob Blob, StackManifest Manifest)> Stacks { get; }

    /// <summary>The earlier documents that name keys, by sequence.</summary>
    public IReadOnlyList<(StackBlob Blob, ChannelDocument Document)> KeyDocuments { get; }

    /// <summary>Reads a channel; null when there is none of the name.</summary>
    /// <exception cref="ImageException">IB7212: a blob is missing or damaged. IB7222: the channel does not fit together, or is of a later version.</exception>
    public static ChannelContent? Read(RepositoryFolder repository, string name)
    {
        if (!repository.Channels.TryGetValue(name, out var blob))
            return null;
        var bytes = repository.Read(blob, RepositoryManifest.MaxLength);
        var manifest = RepositoryManifest.Parse(bytes);
        return manifest.ToBytes().AsSpan().SequenceEqual(bytes) ? new ChannelContent(repository, name, manifest)
            : throw Wrong(name, "its manifest is not as this version writes it: a later one made it, or another program");
    }

    /// <summary>Where the stack differs from earlier ones; null when nobody has listed that.</summary>
    public StackChanges? Changes { get; }

    /// <summary>A document of the channel, with its signatures.</summary>
    /// <param name="blob">The document.</param>
    /// <param name="most">Bytes that are read.</param>
    public SignedBytes Signed(StackBlob blob, int most = ChannelDocument.MaxLength) => new(repository.Read(blob, most), [.. Manifest.SignaturesOf(blob).Select(signature => Signature.Parse(Encoding.UTF8.GetString(repository.Read(signature.Blob, Signature.MaxLength))))]);

    /// <summary>Whom devices trust that have followed the channel; null when that is up to their image.</summary>
    public ChannelTrust? Trust()
    {
        var latest = Document.Keys is not null ? Document : KeyDocuments.Count > 0 ? KeyDocuments[^1].Document : null;
        return latest is null ? null : new ChannelTrust(latest.Keys!, latest.Threshold);
    }

    /// <summary>What the layers of the current stack show.</summary>
    public Tree ReadTree()
    {
        var layers = Stack.Layers.Reverse().Select(layer => SquashFsImage.Open(repository.Open(layer)).ReadTree()).ToList();
        if (layers is [var only])
            return only;
        var merged = new Tree();
        merged.Root.IsImplied = true;
        foreach (var layer in layers)
            TreeMerge.Apply(merged, layer);
        return merged;
    }

    private static ImageException Wrong(string name, string what) => new(ImageErrorKind.Corrupt, "IB7222", $"channel {name}: {what}");
}
