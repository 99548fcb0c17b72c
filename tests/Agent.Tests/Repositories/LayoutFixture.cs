using System.Security.Cryptography;
using System.Text;
using ImageBuilder.Agent.Repositories;
using ImageBuilder.Update.Stacks;

namespace ImageBuilder.Agent.Tests.Repositories;

/// <summary>A small layout in a folder: one channel, whose manifest is any bytes, and a blob of some length.</summary>
internal sealed class LayoutFixture : IDisposable
{
    public const string Channel = "stable";
    private readonly TempFolder folder = new();

    public LayoutFixture(int length = 300_000)
    {
        Directory.CreateDirectory(folder["blobs/sha256"]);
        Content = new byte[length];
        new Random(5).NextBytes(Content);
        Blob = Add(Content);
        Config = Add("{}"u8.ToArray());
        Manifest = Encoding.UTF8.GetBytes($$$"""{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","artifactType":"application/vnd.imagebuilder.channel.v1","config":{"mediaType":"application/vnd.oci.empty.v1+json","digest":"sha256:{{{Config.Sha256}}}","size":2},"layers":[{"mediaType":"application/vnd.imagebuilder.layer.v1.squashfs","digest":"sha256:{{{Blob.Sha256}}}","size":{{{Blob.Size}}},"annotations":{"org.imagebuilder.role":"layer"}}]}""");
        var manifest = Add(Manifest);
        File.WriteAllText(folder["oci-layout"], """{"imageLayoutVersion":"1.0.0"}""");
        File.WriteAllText(folder["index.json"], $$$"""{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"sha256:{{{manifest.Sha256}}}","size":{{{manifest.Size}}},"annotations":{"org.opencontainers.image.ref.name":"{{{Channel}}}"}}]}""");
    }

    public string Path => folder.Path;

    public string this[string name] => folder[name];

    public byte[] Content { get; }

    public StackBlob Blob { get; }

    public StackBlob Config { get; }

    public byte[] Manifest { get; }

    /// <summary>The blob's path in the layout.</summary>
    public string BlobPath => $"blobs/sha256/{Blob.Sha256}";

    /// <summary>Options for tests: no waiting, and no waiting for a slow server either.</summary>
    public static RepositoryOptions Options(List<string>? notes = null, int attempts = 4) => new()
    {
        Backoff = new Backoff { Attempts = attempts, Wait = (_, cancel) => cancel.ThrowIfCancellationRequested() },
        Patience = TimeSpan.FromSeconds(5),
        Note = text => notes?.Add(text),
    };

    /// <summary>The blob from a byte on, as a caller reads it.</summary>
    public byte[] Read(IRepository repository, long offset = 0, CancellationToken cancel = default)
    {
        using var bytes = new MemoryStream();
        repository.ReadBlob(Blob, offset, part => bytes.Write(part), cancel);
        return bytes.ToArray();
    }

    public void Dispose() => folder.Dispose();

    private StackBlob Add(byte[] bytes)
    {
        var digest = Convert.ToHexStringLower(SHA256.HashData(bytes));
        File.WriteAllBytes(folder["blobs/sha256/" + digest], bytes);
        return new StackBlob(digest, bytes.Length);
    }
}
