using System.Text;
using ImageBuilder.Agent.Repositories;
using ImageBuilder.Formats;

namespace ImageBuilder.Agent.Tests.Repositories;

/// <summary>OCI registries: what they want before they answer, and where their blobs lie.</summary>
public sealed class RegistryRepositoryTests : IDisposable
{
    private const string Scope = "repository:fleet/device:pull";
    private readonly LayoutFixture layout = new();
    private readonly FileServer server;
    private readonly List<string> notes = [];

    public RegistryRepositoryTests() => server = new FileServer(layout.Path) { Answer = Serve };

    public void Dispose()
    {
        server.Dispose();
        layout.Dispose();
    }

    [Fact]
    public void A_channel_is_a_tag()
    {
        using var repository = Open();
        Assert.Equal(layout.Manifest, repository.ReadManifest(LayoutFixture.Channel, default));
        Assert.Equal("application/vnd.oci.image.manifest.v1+json", server.Requests.Single()["Accept"]);
        Assert.Equal(layout.Content, layout.Read(repository));
        Assert.Equal(layout.Content[1000..], layout.Read(repository, 1000));
        Refused("IB6121", () => repository.ReadManifest("beta", default), "has no channel 'beta'");
        Refused("IB6122", () => repository.OpenBlob(new string('a', 64), 0, default), "does not have blob");
    }

    [Fact]
    public void A_token_is_asked_for_when_it_is_wanted_and_again_when_it_has_expired()
    {
        var valid = "first";
        server.Answer = request =>
        {
            if (request.Path.StartsWith("/token", StringComparison.Ordinal))
                return new FileAnswer { Body = Encoding.UTF8.GetBytes($$"""{"access_token":"{{valid}}","expires_in":60}""") };
            return request["Authorization"] == "Bearer " + valid ? Serve(request) : Unauthorized($"Bearer realm=\"{server.Url}token\",service=\"the \\\"registry\\\"\",scope=\"{Scope}\"");
        };
        using var repository = Open("me:pass@");
        Assert.Equal(layout.Manifest, repository.ReadManifest(LayoutFixture.Channel, default));
        Assert.Equal(layout.Content, layout.Read(repository));
        valid = "second";
        Assert.Equal(layout.Content, layout.Read(repository));
        var asked = server.Requests.Where(request => request.Path.StartsWith("/token", StringComparison.Ordinal)).ToArray();
        Assert.Equal(2, asked.Length);
        Assert.All(asked, request => Assert.Equal($"/token?scope={Uri.EscapeDataString(Scope)}&service=the%20%22registry%22", request.Path));
        Assert.All(asked, request => Assert.Equal("Basic " + Convert.ToBase64String("me:pass"u8), request["Authorization"]));
    }

    [Fact]
    public void A_password_is_given_when_it_is_asked_for()
    {
        server.Answer = request => request["Authorization"] == "Basic " + Convert.ToBase64String("me:pass"u8) ? Serve(request) : Unauthorized("Basic realm=\"x\"");
        using (var repository = Open("me:pass@"))
            Assert.Equal(layout.Content, layout.Read(repository));
        using (var repository = Open())
            Refused("IB6124", () => layout.Read(repository), "refuses access");
        using (var repository = Open("me:wrong@"))
            Assert.DoesNotContain("wrong", Refused("IB6124", () => layout.Read(repository), "refuses access"));
        Assert.Equal(2 + 1 + 2, server.Requests.Count); // none is tried again and again
    }

    [Fact]
    public void A_blob_may_lie_elsewhere_and_the_token_stays_here()
    {
        using var store = new FileServer(layout.Path);
        server.Answer = request =>
        {
            if (request.Path.StartsWith("/token", StringComparison.Ordinal))
                return new FileAnswer { Body = """{"token":"t0"}"""u8.ToArray() };
            if (request["Authorization"] != "Bearer t0")
                return Unauthorized($"Bearer realm=\"{server.Url}token\"");
            return new FileAnswer { Status = 307, Headers = [$"Location: {store.Url}{layout.BlobPath}?X-Signature=1"], Body = [] };
        };
        using var repository = Open();
        Assert.Equal(layout.Content[9..], layout.Read(repository, 9));
        Assert.Null(store.Requests.Single()["Authorization"]);
        Assert.Contains(server.Requests, request => request.Path == $"/token?scope={Uri.EscapeDataString(Scope)}");
    }

    [Theory]
    [InlineData("Bearer realm=\"file:///etc/passwd\"", "IB6126", "names a token server that is not asked")]
    [InlineData("Negotiate", "IB6124", "refuses access")]
    [InlineData("Bearer service=x", "IB6124", "refuses access")]
    [InlineData("Bearer realm=\"{0}nothing\"", "IB6124", "the token server")]
    [InlineData("Bearer realm=\"{0}index.json\"", "IB6124", "gives no token")]
    public void What_cannot_be_answered_is_refused(string challenge, string id, string expected)
    {
        server.Answer = request => request.Path.StartsWith("/v2/", StringComparison.Ordinal) ? Unauthorized(challenge.Replace("{0}", server.Url, StringComparison.Ordinal)) : null;
        using var repository = Open();
        Refused(id, () => layout.Read(repository), expected);
    }

    [ToolFact("docker-registry", "skopeo")]
    public void A_real_registry_with_a_password_serves_what_skopeo_copied()
    {
        using var folder = new TempFolder();
        // bcrypt, the only hash it takes, of "open sesame"
        File.WriteAllText(folder["htpasswd"], "fleet:$2b$05$i3XIN./rE5V4RlfhHpeMW.vbBtP6gqEWbrloYDGTjKmwrHKciFsue\n");
        using var registry = new RegistryServer($"{{htpasswd: {{realm: test, path: {folder["htpasswd"]}}}}}");
        Tool.Run("skopeo", "--insecure-policy", "copy", "--dest-tls-verify=false", "--dest-creds", "fleet:open sesame", $"oci:{layout.Path}:{LayoutFixture.Channel}", $"docker://{registry.Host}/fleet/device:{LayoutFixture.Channel}");

        var url = $"{registry.Host}/fleet/device";
        using (var repository = Repository.Open($"oci+http://fleet:open%20sesame@{url}", LayoutFixture.Options(notes)))
        {
            Assert.Equal(layout.Manifest, repository.ReadManifest(LayoutFixture.Channel, default));
            Assert.Equal(layout.Content, layout.Read(repository));
            Assert.Equal(layout.Content[200_000..], layout.Read(repository, 200_000));
            Refused("IB6121", () => repository.ReadManifest("beta", default));
            Refused("IB6122", () => repository.OpenBlob(new string('a', 64), 0, default));
        }
        File.WriteAllText(folder["auth.json"], $"{{\"auths\":{{\"{registry.Host}\":{{\"auth\":\"{Convert.ToBase64String("fleet:open sesame"u8)}\"}}}}}}");
        using (var repository = Repository.Open($"oci+http://{url}", LayoutFixture.Options(notes) with { AuthFile = folder["auth.json"] }))
            Assert.Equal(layout.Content, layout.Read(repository));
        using (var repository = Repository.Open($"oci+http://{url}", LayoutFixture.Options(notes)))
            Refused("IB6124", () => layout.Read(repository), "refuses access");
        Assert.Equal([], notes);
    }

    private IRepository Open(string credentials = "") => Repository.Open($"oci+http://{credentials}127.0.0.1:{server.Port}/fleet/device", LayoutFixture.Options(notes));

    private FileAnswer? Serve(FileRequest request) => request.Path switch
    {
        $"/v2/fleet/device/manifests/{LayoutFixture.Channel}" => new FileAnswer { Body = layout.Manifest },
        _ when request.Path == $"/v2/fleet/device/blobs/sha256:{layout.Blob.Sha256}" => new FileAnswer { Body = layout.Content },
        _ => null,
    };

    private static FileAnswer Unauthorized(string challenge) => new() { Status = 401, Headers = [$"WWW-Authenticate: {challenge}"], Body = [] };

    private static string Refused(string id, Action action, string expected = "")
    {
        var error = Assert.ThrowsAny<ImageException>(action);
        Assert.Equal((id, true), (error.Id, error.Message.Contains(expected, StringComparison.Ordinal)));
        return error.Message;
    }
}
