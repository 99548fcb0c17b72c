using ImageBuilder.Formats;
using ImageBuilder.Update.Repositories;

namespace ImageBuilder.Agent.Repositories;

/// <summary>A repository in an OCI registry (OCI distribution specification 1.1, "Pull"): a channel is a tag.</summary>
internal sealed class RegistryRepository(RepositoryAddress address, WebClient client) : IRepository
{
    private const string ManifestType = "application/vnd.oci.image.manifest.v1+json";
    private readonly RegistryLogin login = new(address, client);

    public string Name => address.Name;

    public byte[] ReadManifest(string channel, CancellationToken cancel)
    {
        using var stream = Open($"manifests/{Uri.EscapeDataString(channel)}", 0, ManifestType, cancel)
            ?? throw new ImageException(ImageErrorKind.Io, "IB6121", $"{Name} has no channel '{channel}': the registry knows no such name or tag");
        return RepositoryReading.ReadAll(stream, RepositoryManifest.MaxLength, $"the manifest of channel '{channel}' in {Name}");
    }

    public Stream OpenBlob(string sha256, long offset, CancellationToken cancel) =>
        Open($"blobs/sha256:{sha256}", offset, null, cancel) ?? throw RepositoryReading.NoSuchBlob(Name, sha256);

    public void Dispose() => client.Dispose();

    private Stream? Open(string path, long offset, string? accept, CancellationToken cancel)
    {
        // A ':' in a relative reference would be taken for a scheme.
        var uri = new Uri(address.Base, "./" + path);
        var answer = client.Get(uri, offset, login.Authorization, accept, cancel);
        if (answer.Status == 401 && WebClient.SameOrigin(uri, answer.Uri))
        {
            // Also when a token was sent: it may have expired.
            using (answer)
                login.Answer(answer, cancel);
            answer = client.Get(uri, offset, login.Authorization, accept, cancel);
        }
        return WebFile.Open(answer, offset, Name);
    }
}
