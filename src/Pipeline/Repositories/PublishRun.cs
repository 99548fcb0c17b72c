using System.Globalization;
using System.Text;
using ImageBuilder.Formats;
using ImageBuilder.Formats.SquashFs;
using ImageBuilder.Formats.Trees;
using ImageBuilder.Pipeline.Running;
using ImageBuilder.Pipeline.Sources;
using ImageBuilder.Update.Carry;
using ImageBuilder.Update.Channels;
using ImageBuilder.Update.Repositories;
using ImageBuilder.Update.Signatures;
using ImageBuilder.Update.Stacks;

namespace ImageBuilder.Pipeline.Repositories;

/// <summary>
/// `imagebuilder publish`: puts a stack into a repository, as a patch over the channel's current one or whole, whichever is less to download, and signs a
/// channel document that points at it. The same inputs give the same blobs.
/// </summary>
/// <param name="options">What is asked for.</param>
/// <param name="keys">Sign.</param>
/// <param name="reporter">Hears the steps.</param>
public sealed class PublishRun(PublishOptions options, IReadOnlyList<SecretKey> keys, IBuildReporter reporter)
{
    private readonly List<RepositoryBlob> blobs = [];
    private readonly HashSet<string> named = new(StringComparer.Ordinal);

    /// <summary>Publishes. Until index.json is replaced at the end, the repository offers what it did before.</summary>
    /// <exception cref="ImageException">
    /// IB7210, IB7219: the image. IB7211, IB7212, IB7221, IB7222: the repository. IB7214: the channel does not trust the key. IB7215: too few keys for new ones.
    /// IB7216: a lower security epoch. IB7217: renumbered users. IB7218: nothing to renew. IB7220: the options.
    /// </exception>
    public PublishResult Run(CancellationToken cancel)
    {
        Check();
        using var source = options.Source is null ? null : StackSource.Open(options.Source, cancel);
        try
        {
            if (source is null && !Directory.Exists(options.Repository))
                throw NothingToRenew();
            using var repository = RepositoryFolder.OpenToChange(options.Repository, cancel);
            return Publish(repository, ChannelContent.Read(repository, options.Channel), source, cancel);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw RepositoryFolder.NotWritten(options.Repository, error);
        }
    }

    private PublishResult Publish(RepositoryFolder repository, ChannelContent? old, StackSource? source, CancellationToken cancel)
    {
        var created = SourceDateEpoch.Given() ?? options.Now;
        CheckKeys(old, source, created);
        var patch = source is null || old is null || source.Manifest.Id == old.Stack.Id ? null : Compare(old, source, cancel);
        var (stack, choice, download) = source is not null ? Choose(repository, old, source, patch, cancel)
            : (old?.Stack ?? throw NothingToRenew(), "the stack stays; the channel document was renewed", 0);
        var isRenewed = stack == old?.Stack || (old is not null && stack.Id == old.Stack.Id);
        var stackBytes = stack.ToBytes();
        var same = (isRenewed ? old!.Document.Same : []).ToList();
        if (source is not null && source.Manifest.Id != stack.Id && !same.Contains(source.Manifest.Id))
            same.Add(source.Manifest.Id);
        var document = new ChannelDocument
        {
            Channel = options.Channel,
            Sequence = (old?.Document.Sequence ?? 0) + 1,
            Stack = stack.Id,
            Same = same,
            Rollout = options.Rollout ?? (isRenewed ? old!.Document.Rollout : 100),
            Created = created,
            Expires = created + options.Lifetime,
            Keys = options.NextKeys,
            Threshold = options.NextKeys is null ? 1 : options.Threshold,
        };
        // What this program cannot read back is told before anything is replaced.
        var channelBytes = ChannelDocument.Parse(document.ToBytes()).ToBytes();

        AddSigned(repository, BlobRole.Channel, channelBytes, string.Create(CultureInfo.InvariantCulture, $"channel {document.Channel}, sequence {document.Sequence}"));
        AddKeyDocuments(old);
        AddSigned(repository, BlobRole.Stack, stackBytes, $"stack {stack.Id}");
        AddStack(stack, old);
        if ((isRenewed ? old!.Changes : Changes(old, stack, patch)) is { } changes)
            AddSigned(repository, BlobRole.Changes, changes.ToBytes(), $"changes up to stack {stack.Id}");
        foreach (var (blob, kept) in (old?.Stacks ?? []).Where(earlier => earlier.Manifest.Id != stack.Id).Take(options.Keep ?? int.MaxValue))
        {
            Name(new RepositoryBlob(BlobRole.Stack, blob));
            AddStack(kept, old, blob);
        }
        repository.Add("{}"u8.ToArray());
        var manifest = new RepositoryManifest(blobs).ToBytes();
        RepositoryManifest.Parse(manifest);
        repository.Commit(options.Channel, repository.Add(manifest));
        var (collected, collectedBytes) = options.Keep is null ? (0, 0) : repository.Collect();
        var full = source is null ? 0 : source.Layers.Sum(layer => layer.Length) + source.Boot.Length;
        return new PublishResult(document, stack.Layers.Count, choice, download, full, collected, collectedBytes);
    }

    /// <summary>What the image changes of the channel's stack.</summary>
    private PatchLayer Compare(ChannelContent old, StackSource source, CancellationToken cancel)
    {
        if (source.Manifest.Epoch < old.Stack.Epoch)
            throw new ImageException(ImageErrorKind.Spec, "IB7216", $"the image has the security epoch {source.Manifest.Epoch}, and channel {options.Channel} is at {old.Stack.Epoch}: devices would refuse it; raise the epoch in the spec");
        var before = old.ReadTree();
        CheckAccounts(before, source.Tree);
        return PatchLayer.Between(before, source.Tree, cancel);
    }

    /// <summary>What earlier publications have changed, and this one; null for a channel's first stack, and when it is too long to be read on a device.</summary>
    private StackChanges? Changes(ChannelContent? old, StackManifest stack, PatchLayer? patch)
    {
        if (old is null || patch is null)
            return null;
        var changes = new StackChanges(stack.Id, [new StackStep([old.Stack.Id, .. old.Document.Same], patch.Paths()), .. old.Changes?.Steps ?? []]).Fitting();
        if (changes is null)
            reporter.Warn($"the list of changed paths is longer than {ByteSize.Text(StackChanges.MaxLength)}: `imageagent install --dry-run` cannot tell which changes of a device would hide something new");
        return changes;
    }

    /// <summary>The stack to publish: the patch over the current one, or the image's own.</summary>
    private (StackManifest Stack, string Choice, long Download) Choose(RepositoryFolder repository, ChannelContent? old, StackSource source, PatchLayer? patch, CancellationToken cancel)
    {
        var own = source.Manifest;
        repository.Add(source.Boot, own.Boot);
        var boot = old?.Stack.Boot == own.Boot ? 0 : own.Boot!.Size;
        if (old is null)
            return Full("it is the channel's first stack");
        if (patch is null)
            return (own, "nothing differs; the channel document was renewed", 0);
        if (options.Rebase)
            return Full("--rebase asks for it");
        if (patch.IsEmpty)
        {
            var like = own with { Layers = old.Stack.Layers };
            return like.Id == old.Stack.Id ? (like, "nothing differs; the channel document was renewed", 0)
                : (like, $"the files are the same; {(boot == 0 ? "name, version or epoch differ" : $"the boot set is new, {ByteSize.Text(boot)}")}", boot);
        }
        if (old.Stack.Layers.Count >= options.MaxDepth)
            return Full($"a patch would be layer {old.Stack.Layers.Count + 1} of at most {options.MaxDepth}");
        var file = repository.NewFile();
        var size = patch.Write(file, (options.Compression ?? LikeImage(source)) with { Jobs = options.Jobs }, reporter, cancel);
        var full = FullDownload(source, old);
        if (full <= size)
        {
            File.Delete(file);
            return Full($"a patch would have {ByteSize.Text(size)}, and it {ByteSize.Text(full)}");
        }
        var blob = repository.AddFile(file);
        return (own with { Layers = [blob, .. old.Stack.Layers] },
            string.Create(CultureInfo.InvariantCulture, $"a patch over {old.Stack.Layers.Count} {(old.Stack.Layers.Count == 1 ? "layer" : "layers")}: {Counts(patch.Changed, patch.Removed)}, {ByteSize.Text(size)}; the full base has {ByteSize.Text(full)}"), size + boot);

        (StackManifest, string, long) Full(string why)
        {
            foreach (var (content, layer) in source.Layers.Zip(own.Layers))
                repository.Add(content, layer);
            return (own, $"the full base, {ByteSize.Text(own.Layers.Sum(layer => layer.Size))}: {why}", FullDownload(source, old) + boot);
        }
    }

    /// <summary>Files as `patch` and `publish` count them.</summary>
    internal static string Counts(int changed, int removed) => string.Create(CultureInfo.InvariantCulture, $"{changed:N0} {(changed == 1 ? "file" : "files")} changed, {removed:N0} removed");

    private static long FullDownload(StackSource source, ChannelContent? old) => source.Manifest.Layers.Where(layer => old?.Stack.Layers.Contains(layer) is not true).Sum(layer => layer.Size);

    private static SquashFsOptions LikeImage(StackSource source) =>
        new() { Compression = Enum.TryParse<SquashFsCompression>(source.Compressor, ignoreCase: true, out var compressor) ? compressor : SquashFsCompression.Zstd };

    private void CheckAccounts(Tree before, Tree after)
    {
        if (options.AllowRenumbered || Renumbering.Between(Accounts(before), Accounts(after)) is not { Count: > 0 } found)
            return;
        throw new ImageException(ImageErrorKind.Spec, "IB7217", $"{string.Join("; ", found)}: files that devices have kept would belong to somebody else; give them their numbers back (a user's uid in the spec), or say --allow-renumbered");

        static (byte[], byte[]) Accounts(Tree tree) => (File(tree, "/etc/passwd"), File(tree, "/etc/group"));
        static byte[] File(Tree tree, string path) => tree.Resolve(path) is { Kind: NodeKind.File } file ? file.Content.ToArray() : [];
    }

    /// <summary>Every earlier document that names keys stays, with its signatures: a device that slept walks over them.</summary>
    private void AddKeyDocuments(ChannelContent? old)
    {
        var documents = (old?.KeyDocuments ?? []).Select(keys => keys.Blob).ToList();
        if (old?.Document.Keys is not null)
            documents.Add(old.Manifest.Of(BlobRole.Channel).Single().Blob);
        foreach (var document in documents)
        {
            Name(new RepositoryBlob(BlobRole.Keys, document));
            foreach (var signature in old!.Manifest.SignaturesOf(document))
                Name(signature);
        }
    }

    private void AddSigned(RepositoryFolder repository, BlobRole role, byte[] bytes, string comment)
    {
        var blob = repository.Add(bytes);
        Name(new RepositoryBlob(role, blob));
        foreach (var key in keys)
        {
            using var message = new MemoryStream(bytes, writable: false);
            Name(new RepositoryBlob(BlobRole.Signature, repository.Add(Encoding.UTF8.GetBytes(key.Sign(message, comment).ToText())), blob.Sha256));
        }
    }

    private void AddStack(StackManifest stack, ChannelContent? old, StackBlob? blob = null)
    {
        blob ??= new StackBlob(stack.Id.ToString(), stack.ToBytes().Length);
        foreach (var signature in old?.Manifest.SignaturesOf(blob) ?? [])
            Name(signature);
        foreach (var layer in stack.Layers)
            Name(new RepositoryBlob(BlobRole.Layer, layer));
        if (stack.Boot is { } boot)
            Name(new RepositoryBlob(BlobRole.Boot, boot));
    }

    private void Name(RepositoryBlob blob)
    {
        if (named.Add(blob.Blob.Sha256))
            blobs.Add(blob);
    }

    private void Check()
    {
        if (!ChannelDocument.IsName(options.Channel))
            throw Wrong($"--channel {options.Channel}: expected letters, digits, '.', '-' and '_', with a letter, digit or '_' first");
        if (keys.Count == 0)
            throw Wrong("no key was given; --key names one");
        if (options.NextKeys is { } next && (options.Threshold < 1 || options.Threshold > next.Count))
            throw Wrong($"--threshold {options.Threshold} of {next.Count} next keys can never be reached, or means nothing");
        if (options.NextKeys?.GroupBy(key => Convert.ToHexString(key.Key.Key.Span)).FirstOrDefault(group => group.Count() > 1) is { } twice)
            throw Wrong($"the next key {twice.First().Key.Id} is named twice");
        if (options.NextKeys is null && options.Threshold != 1)
            throw Wrong("--threshold is about the keys of --next-key, and none was given");
        if (options.MaxDepth is < 1 or > StackManifest.MaxLayers)
            throw Wrong($"--max-depth {options.MaxDepth}: expected 1 to {StackManifest.MaxLayers}");
    }

    /// <summary>A document that devices would refuse is not written.</summary>
    private void CheckKeys(ChannelContent? old, StackSource? source, long now)
    {
        var trust = old?.Trust();
        if (trust is null && source?.Settings()?.Update is { Keys.Count: > 0 } settings)
        {
            trust = new ChannelTrust(settings.Keys, settings.Threshold);
            if (SignersOf(trust, now) == 0)
                reporter.Warn($"the image trusts the keys {Ids(trust)}, and none of them signs: devices that run it will take nothing from this channel");
        }
        else if (trust is not null && SignersOf(trust, now) == 0)
        {
            throw new ImageException(ImageErrorKind.Spec, "IB7214", $"channel {options.Channel} trusts the keys {Ids(trust)}, and none of those given is one of them, or it has expired; sign with one that is trusted");
        }
        if (options.NextKeys is not null && trust is not null && SignersOf(trust, now) < trust.Threshold)
            throw new ImageException(ImageErrorKind.Spec, "IB7215", $"new keys need the signatures of {trust.Threshold} of the keys {Ids(trust)}; {SignersOf(trust, now)} of them were given: name more with --key");
    }

    private int SignersOf(ChannelTrust trust, long now) => trust.Keys.Count(trusted => !(trusted.Expires <= now) && keys.Any(key => key.Public == trusted.Key));

    private static string Ids(ChannelTrust trust) => string.Join(", ", trust.Keys.Select(key => key.Key.Id));

    private ImageException NothingToRenew() => new(ImageErrorKind.Spec, "IB7218", $"{options.Repository} has no channel {options.Channel} to renew; name an image to publish");

    private static ImageException Wrong(string what) => new(ImageErrorKind.Spec, "IB7220", what);
}
