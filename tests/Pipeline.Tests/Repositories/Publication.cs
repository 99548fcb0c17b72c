using ImageBuilder.Formats.Trees;
using ImageBuilder.Pipeline.Repositories;
using ImageBuilder.Update.Repositories;
using ImageBuilder.Update.Signatures;
using ImageBuilder.Update.Stacks;

namespace ImageBuilder.Pipeline.Tests.Repositories;

/// <summary>A repository, a key, and images to publish.</summary>
internal sealed class Publication : IDisposable
{
    public const long Now = 1_795_800_000;

    public TempFolder Folder { get; } = new();

    public SecretKey Key { get; } = SecretKey.Generate();

    public SilentReporter Reporter { get; } = new();

    public string Repository => Folder["repository"];

    public string[] Blobs => [.. Directory.GetFiles(Path.Combine(Repository, "blobs/sha256")).Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal)];

    public PublishOptions Options => new() { Repository = Repository, Channel = "stable", Lifetime = 86_400, Now = Now, Jobs = 1 };

    public void Dispose()
    {
        Key.Dispose();
        Folder.Dispose();
    }

    /// <summary>Publishes an image of a tree.</summary>
    public PublishResult Publish(Tree tree, string version = "1", Func<PublishOptions, PublishOptions>? with = null, string kernel = "kernel", uint epoch = 0, params SecretKey[] keys)
    {
        SampleDisk.Write(Folder["disk.img"], [tree], version, kernel, epoch);
        return Run(Options with { Source = Folder["disk.img"] }, with, keys);
    }

    public PublishResult Renew(Func<PublishOptions, PublishOptions>? with = null, params SecretKey[] keys) => Run(Options, with, keys);

    /// <summary>The check, as a device with the key would see it.</summary>
    public RepositoryReport Check(params PublicKey[] keys) => new RepositoryCheck(keys.Length == 0 ? [Key.Public] : keys, 1, Now, Reporter).Run(Repository, default);

    /// <summary>The current stack of the channel.</summary>
    public StackManifest Stack()
    {
        using var repository = RepositoryFolder.Open(Repository);
        return ChannelContent.Read(repository, "stable")!.Stack;
    }

    /// <summary>What the layers of the current stack show, by this program's own merge.</summary>
    public Tree Tree()
    {
        using var repository = RepositoryFolder.Open(Repository);
        return Copied(ChannelContent.Read(repository, "stable")!.ReadTree());
    }

    /// <summary>The channel's list of changed paths; null for none.</summary>
    public StackChanges? Changes()
    {
        using var repository = RepositoryFolder.Open(Repository);
        return ChannelContent.Read(repository, "stable")!.Changes;
    }

    public string BlobPath(string sha256) => Path.Combine(Repository, "blobs/sha256", sha256);

    public RepositoryManifest Manifest()
    {
        using var repository = RepositoryFolder.Open(Repository);
        return RepositoryManifest.Parse(repository.Read(repository.Channels["stable"], RepositoryManifest.MaxLength));
    }

    private PublishResult Run(PublishOptions options, Func<PublishOptions, PublishOptions>? with, SecretKey[] keys) =>
        new PublishRun(with is null ? options : with(options), keys.Length == 0 ? [Key] : keys, Reporter).Run(default);

    // Contents are read while the files are open.
    private static Tree Copied(Tree tree)
    {
        foreach (var (_, node) in tree.Walk())
            if (node.Kind == NodeKind.File)
                node.Content = Content.From(node.Content.ToArray());
        return tree;
    }
}
