using System.Net;

namespace ImageBuilder.Pipeline.Tests.Repositories;

/// <summary>Programs of others carry a repository: skopeo into a registry and back, and nginx.</summary>
public sealed class RegistryTests : IDisposable
{
    private readonly Publication publication = new();

    public void Dispose() => publication.Dispose();

    [ToolFact("skopeo", "docker-registry")]
    public void Skopeo_copies_a_channel_into_a_registry_and_back_with_every_digest_the_same()
    {
        publication.Publish(PublishTests.Base());
        publication.Publish(PublishTests.Base(2), "2");
        publication.Renew(options => options with { NextKeys = [new(publication.Key.Public, null)] });
        publication.Publish(PublishTests.Base(3), "3");
        using var registry = new RegistryServer();
        var remote = $"docker://{registry.Host}/fleet/sample:stable";
        Tool.Run("skopeo", "copy", "--insecure-policy", "--dest-tls-verify=false", $"oci:{publication.Repository}:stable", remote);
        var back = publication.Folder["back"];
        Tool.Run("skopeo", "copy", "--insecure-policy", "--src-tls-verify=false", remote, $"oci:{back}:stable");
        var named = publication.Manifest().Blobs.Select(blob => blob.Blob.Sha256).ToList();
        var copied = Directory.GetFiles(Path.Combine(back, "blobs/sha256")).ToDictionary(file => Path.GetFileName(file), File.ReadAllBytes);
        Assert.Equal(named.Count + 2, copied.Count); // the manifest and the empty configuration
        foreach (var (name, bytes) in copied)
            Assert.Equal(File.ReadAllBytes(publication.BlobPath(name)), bytes);
        // What came back is a repository, and can be published to again.
        Assert.Empty(new Pipeline.Repositories.RepositoryCheck([publication.Key.Public], 1, Publication.Now, publication.Reporter).Run(back, default).Findings);
        Assert.Equal(5UL, publication.Publish(PublishTests.Base(4), "4", options => options with { Repository = back }).Document.Sequence);
    }

    [ToolFact("nginx")]
    public async Task Nginx_serves_a_repository_and_ranges_of_its_blobs()
    {
        publication.Publish(PublishTests.Base());
        var layer = publication.Stack().Layers[0];
        // A folder of a test is its user's alone; nginx may run as another.
        Tool.Run("chmod", "-R", "a+rX", publication.Folder.Path);
        using var nginx = new NginxServer(publication.Repository);
        using var client = new HttpClient();
        Assert.Equal(await File.ReadAllBytesAsync(Path.Combine(publication.Repository, "index.json")), await client.GetByteArrayAsync(new Uri($"{nginx.Url}/index.json")));
        using var request = new HttpRequestMessage(HttpMethod.Get, $"{nginx.Url}/blobs/sha256/{layer.Sha256}");
        request.Headers.Range = new System.Net.Http.Headers.RangeHeaderValue(1000, null);
        using var answer = await client.SendAsync(request);
        Assert.Equal(HttpStatusCode.PartialContent, answer.StatusCode);
        Assert.Equal((await File.ReadAllBytesAsync(publication.BlobPath(layer.Sha256)))[1000..], await answer.Content.ReadAsByteArrayAsync());
    }
}
