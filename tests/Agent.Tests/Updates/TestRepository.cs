using System.Security.Cryptography;
using System.Text;
using ImageBuilder.Update.Channels;
using ImageBuilder.Update.Repositories;
using ImageBuilder.Update.Signatures;
using ImageBuilder.Update.Stacks;

namespace ImageBuilder.Agent.Tests.Updates;

/// <summary>A repository in a folder, with a channel that a test publishes to, wrongly if it likes.</summary>
internal sealed class TestRepository : IDisposable
{
    public const string Channel = "stable";
    private readonly TempFolder folder = new();
    private readonly Random random = new(7);
    private List<RepositoryBlob> blobs = [];

    public TestRepository(SecretKey key)
    {
        Key = key;
        Directory.CreateDirectory(folder["blobs/sha256"]);
        File.WriteAllText(folder["oci-layout"], """{"imageLayoutVersion":"1.0.0"}""");
    }

    public SecretKey Key { get; set; }

    public string Path => folder.Path;

    /// <summary>The file of a blob.</summary>
    public string this[StackBlob blob] => folder[$"blobs/sha256/{blob.Sha256}"];

    /// <summary>Random bytes as a blob of the repository.</summary>
    public StackBlob Random(int length)
    {
        var bytes = new byte[length];
        random.NextBytes(bytes);
        return Add(bytes);
    }

    public StackBlob Add(byte[] bytes)
    {
        var blob = new StackBlob(Convert.ToHexStringLower(SHA256.HashData(bytes)), bytes.Length);
        File.WriteAllBytes(this[blob], bytes);
        return blob;
    }

    /// <summary>Where the stacks differ that are published from now on; null for a repository that does not say.</summary>
    public StackChanges? Changes { get; set; }

    /// <summary>Who signs that; null for whoever signs stacks.</summary>
    public SecretKey? ChangesKey { get; set; }

    /// <summary>Publishes a stack.</summary>
    public ChannelDocument Publish(StackManifest stack, ulong sequence, Func<ChannelDocument, ChannelDocument>? change = null, IReadOnlyList<SecretKey>? signers = null)
    {
        var now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        var document = new ChannelDocument { Channel = Channel, Sequence = sequence, Stack = stack.Id, Created = now - 60, Expires = now + 86400 };
        document = change?.Invoke(document) ?? document;
        blobs = [.. blobs.Where(blob => blob.Role != BlobRole.Channel && blob.Role != BlobRole.Stack && blob.Role != BlobRole.Changes)];
        if (document.Keys is not null)
            Named.Add(document.ToBytes());
        Sign(BlobRole.Channel, document.ToBytes(), signers ?? [Key]);
        foreach (var keys in Named.Where(bytes => !bytes.AsSpan().SequenceEqual(document.ToBytes())))
            blobs = [.. blobs.Where(blob => blob.Blob.Sha256 != Add(keys).Sha256), new RepositoryBlob(BlobRole.Keys, Add(keys))];
        Sign(BlobRole.Stack, stack.ToBytes(), [Key]);
        if (Changes is not null)
            Sign(BlobRole.Changes, Changes.ToBytes(), [ChangesKey ?? Key]);
        foreach (var layer in stack.Layers)
            Name(new RepositoryBlob(BlobRole.Layer, layer));
        Name(new RepositoryBlob(BlobRole.Boot, stack.Boot!));
        WriteIndex();
        return document;
    }

    public void Dispose() => folder.Dispose();

    private List<byte[]> Named { get; } = [];

    private void Sign(BlobRole role, byte[] bytes, IReadOnlyList<SecretKey> signers)
    {
        var blob = Add(bytes);
        Name(new RepositoryBlob(role, blob));
        foreach (var signer in signers)
        {
            using var message = new MemoryStream(bytes);
            Name(new RepositoryBlob(BlobRole.Signature, Add(Encoding.UTF8.GetBytes(signer.Sign(message, "test").ToText())), blob.Sha256));
        }
    }

    private void Name(RepositoryBlob blob)
    {
        if (!blobs.Exists(other => other.Blob.Sha256 == blob.Blob.Sha256))
            blobs.Add(blob);
    }

    private void WriteIndex()
    {
        var manifest = Add(new RepositoryManifest(blobs).ToBytes());
        File.WriteAllText(folder["index.json"], $$$"""{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"sha256:{{{manifest.Sha256}}}","size":{{{manifest.Size}}},"annotations":{"org.opencontainers.image.ref.name":"{{{Channel}}}"}}]}""");
    }
}
