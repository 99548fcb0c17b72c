using System.Diagnostics;
using System.Text;
using ImageBuilder.Agent.Repositories;
using ImageBuilder.Formats;

namespace ImageBuilder.Agent.Tests.Repositories;

/// <summary>What a web server may do wrong, and what comes of it.</summary>
public sealed class WebRepositoryTests : IDisposable
{
    private readonly LayoutFixture layout = new();
    private readonly FileServer server;
    private readonly List<string> notes = [];

    public WebRepositoryTests() => server = new FileServer(layout.Path);

    public void Dispose()
    {
        server.Dispose();
        layout.Dispose();
    }

    [Fact]
    public void A_layout_on_a_web_server_gives_manifest_and_blobs()
    {
        using var repository = Open();
        Assert.Equal(layout.Manifest, repository.ReadManifest(LayoutFixture.Channel, default));
        Assert.Equal(layout.Content, layout.Read(repository));
        Assert.Equal(layout.Content[100_001..], layout.Read(repository, 100_001));
        Assert.Equal([], layout.Read(repository, layout.Content.Length));
        Assert.Equal(server.Url.TrimEnd('/'), repository.Name);
        Assert.All(server.Requests, request => Assert.StartsWith("imageagent/", request["User-Agent"]));
        Refused("IB6121", () => repository.ReadManifest("beta", default), "no channel 'beta'");
    }

    [Fact]
    public void A_download_that_breaks_off_goes_on_where_it_was()
    {
        server.Answer = _ => new FileAnswer { CutAfter = 50_000 };
        using var repository = Open();
        Assert.Equal(layout.Content, layout.Read(repository));
        Assert.Equal([null, 50_000, 100_000, 150_000, 200_000, 250_000], server.Requests.Select(request => request.Offset));
        Assert.Equal(layout.Content.Length, server.Sent);
        Assert.Equal(5, notes.Count);
    }

    [Fact]
    public void A_server_without_ranges_serves_too()
    {
        server.Answer = request => new FileAnswer { NoRanges = true, CutAfter = request.Offset is null ? 70_000 : null };
        using var repository = Open();
        Assert.Equal(layout.Content, layout.Read(repository));
        Assert.Equal(layout.Content[5..], layout.Read(repository, 5));
    }

    [Fact]
    public void An_answer_without_a_length_that_breaks_off_is_no_end()
    {
        server.Answer = request => new FileAnswer { NoLength = true, CutAfter = 120_000 };
        using var repository = Open();
        Assert.Equal(layout.Content, layout.Read(repository));
        Assert.Equal([null, 120_000, 240_000], server.Requests.Select(request => request.Offset));
    }

    [Fact]
    public void Data_without_end_is_not_read_beyond_what_was_announced()
    {
        server.Answer = _ => new FileAnswer { Endless = true, Body = layout.Content };
        using var repository = Open();
        Assert.Equal(layout.Content, layout.Read(repository));
        Refused("IB6123", () => repository.ReadManifest(LayoutFixture.Channel, default), "goes on after 4194304 bytes");
        Assert.True(server.Sent < 32 << 20, $"{server.Sent} bytes were taken");
    }

    [Fact]
    public void A_blob_of_another_length_is_refused_before_it_is_read()
    {
        server.Answer = _ => new FileAnswer { Body = new byte[400_000] };
        using var repository = Open();
        Refused("IB6123", () => layout.Read(repository), "should have 300000 bytes; it has 400000");
        server.Answer = _ => new FileAnswer { Body = new byte[100], NoLength = true };
        Refused("IB6123", () => layout.Read(repository), "should have 300000 bytes; it has 100");
    }

    [Fact]
    public void Other_bytes_than_the_digest_says_are_refused()
    {
        server.Answer = request => request.Path.Contains("blobs", StringComparison.Ordinal) ? new FileAnswer { Body = new byte[layout.Manifest.Length] } : null;
        using var repository = Open();
        Refused("IB6128", () => repository.ReadManifest(LayoutFixture.Channel, default), "gives other bytes than it should");
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(20, 1)]
    public void A_slow_server_is_given_up(int pause, int partLength)
    {
        server.Answer = _ => new FileAnswer { Pause = pause == 0 ? TimeSpan.FromSeconds(30) : TimeSpan.FromMilliseconds(pause), PartLength = Math.Max(partLength, 1) };
        var clock = Stopwatch.StartNew();
        using var repository = Repository.Open(server.Url, LayoutFixture.Options(attempts: 1) with { Patience = TimeSpan.FromSeconds(1), LeastRate = 10_000 });
        Refused("IB6120", () => layout.Read(repository), partLength == 0 ? "the server gave nothing for 1 s" : "less than 10000 bytes a second are not waited for");
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(25), clock.Elapsed.ToString());
    }

    [Fact]
    public void A_server_that_breaks_off_after_every_few_bytes_is_given_up_too()
    {
        server.Answer = _ => new FileAnswer { CutAfter = 10 };
        using var repository = Open();
        Refused("IB6120", () => layout.Read(repository), "(attempt 4, the last)");
        Assert.Equal(4, server.Requests.Count);
    }

    [Theory]
    [InlineData(500)]
    [InlineData(503)]
    [InlineData(429)]
    [InlineData(408)]
    public void What_may_pass_is_asked_again(int status)
    {
        var left = 3;
        server.Answer = _ => left-- > 0 ? new FileAnswer { Status = status } : null;
        using var repository = Open();
        Assert.Equal(layout.Manifest, repository.ReadManifest(LayoutFixture.Channel, default));
        Assert.All(notes, note => Assert.Contains($"the server answers {status} Test", note));
        Assert.Equal(3, notes.Count);
    }

    [Fact]
    public void A_server_is_left_alone_for_as_long_as_it_asks()
    {
        var (waits, left) = (new List<double>(), 2);
        server.Answer = _ => left-- > 0 ? new FileAnswer { Status = 503, Headers = ["Retry-After: 77"] } : null;
        var options = LayoutFixture.Options();
        using var repository = Repository.Open(server.Url, options with { Backoff = options.Backoff with { Wait = (time, _) => waits.Add(time.TotalSeconds) } });
        repository.ReadManifest(LayoutFixture.Channel, default);
        Assert.Equal([77, 77], waits);
    }

    [Theory]
    [InlineData(404, "IB6122", "does not have blob")]
    [InlineData(401, "IB6124", "401 Test; give user and password")]
    [InlineData(403, "IB6124", "403 Test; give user and password")]
    [InlineData(400, "IB6126", "400 Test; expected 200 or 206")]
    public void What_will_not_pass_is_asked_once(int status, string id, string expected)
    {
        server.Answer = _ => new FileAnswer { Status = status };
        using var repository = Open();
        Refused(id, () => layout.Read(repository), expected);
        Assert.Single(server.Requests);
    }

    [Fact]
    public void A_byte_behind_the_end_is_no_error_of_the_server()
    {
        using var repository = Open();
        using var stream = repository.OpenBlob(layout.Blob.Sha256, 400_000, default);
        Assert.Equal(0, stream.Read(new byte[10]));
    }

    [Fact]
    public void Redirects_are_followed_but_not_for_ever_and_not_with_the_password()
    {
        using var other = new FileServer(layout.Path);
        server.Answer = request => new FileAnswer { Status = 307, Headers = [$"Location: {other.Url}{request.Path[1..]}?secret=1"], Body = [] };
        using (var repository = Open("user:p%40ss@"))
            Assert.Equal(layout.Content[7..], layout.Read(repository, 7));
        Assert.Equal("Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes("user:p@ss")), server.Requests.Single()["Authorization"]);
        Assert.Equal((null, 7L), (other.Requests.Single()["Authorization"], other.Requests.Single().Offset));

        server.Answer = request => new FileAnswer { Status = 302, Headers = ["Location: /again?secret=2"], Body = [] };
        using (var repository = Open())
            Assert.DoesNotContain("secret", Refused("IB6126", () => layout.Read(repository), "after 5 times"));
        Assert.Equal(7, server.Requests.Count);
        server.Answer = request => new FileAnswer { Status = 302, Headers = ["Location: file:///etc/passwd"], Body = [] };
        using (var repository = Open())
            Refused("IB6126", () => layout.Read(repository), "redirects to 'file:', which is not followed");
    }

    [Fact]
    public void Secrets_of_a_URL_are_in_no_message()
    {
        server.Answer = _ => new FileAnswer { Status = 401 };
        using var repository = Open("user:hidden@");
        Assert.DoesNotContain("hidden", repository.Name);
        Assert.DoesNotContain("hidden", Refused("IB6124", () => layout.Read(repository)));
        server.Answer = _ => new FileAnswer { Status = 503 };
        Assert.DoesNotContain("hidden", Refused("IB6120", () => layout.Read(repository)) + string.Concat(notes));
        Assert.DoesNotContain("hidden", Refused("IB6126", () => Open("user:hidden@", "?x=1")));
    }

    [Fact]
    public void A_file_of_credentials_names_them_by_host()
    {
        var file = layout["auth.json"];
        var pair = Convert.ToBase64String("a:b:c"u8);
        File.WriteAllText(file, $"{{\"auths\":{{\"other\":{{\"auth\":\"eDp5\"}},\"http://127.0.0.1:{server.Port}/v1/\":{{\"auth\":\"{pair}\"}}}}}}");
        using (var repository = Repository.Open(server.Url, LayoutFixture.Options() with { AuthFile = file }))
            layout.Read(repository);
        Assert.Equal("Basic " + Convert.ToBase64String("a:b:c"u8), server.Requests.Single()["Authorization"]);
        File.WriteAllText(file, """{"auths": [secret]}""");
        Assert.DoesNotContain("secret", Refused("IB6127", () => Repository.Open(server.Url, LayoutFixture.Options() with { AuthFile = file }), "is no file of credentials"));
    }

    [Fact]
    public void A_server_that_is_not_there_is_told_with_the_reason()
    {
        server.Dispose();
        using var repository = Open();
        Refused("IB6120", () => layout.Read(repository), "cannot be reached: Connection refused (attempt 4, the last)");
        using var unknown = Repository.Open("http://name.invalid/", LayoutFixture.Options(attempts: 1));
        Refused("IB6120", () => layout.Read(unknown), "http://name.invalid");
    }

    [Fact]
    public void Waiting_ends_when_it_is_cancelled()
    {
        using var cancel = new CancellationTokenSource(TimeSpan.FromMilliseconds(300));
        server.Answer = _ => new FileAnswer { Pause = TimeSpan.FromSeconds(30) };
        using var repository = Repository.Open(server.Url, LayoutFixture.Options() with { Patience = TimeSpan.FromMinutes(5) });
        Assert.ThrowsAny<OperationCanceledException>(() => layout.Read(repository, cancel: cancel.Token));
    }

    [Fact]
    public void A_download_is_no_faster_than_is_wanted()
    {
        var waited = TimeSpan.Zero;
        var options = LayoutFixture.Options();
        using var repository = Repository.Open(server.Url, options with { Rate = 50_000, Backoff = options.Backoff with { Wait = (time, _) => { waited = time > waited ? time : waited; } } });
        Assert.Equal(layout.Content, layout.Read(repository));
        Assert.InRange(waited.TotalSeconds, 4, 6); // 300,000 bytes, and no real waiting
    }

    [Theory]
    [InlineData("ftp://host/x", "there are http://")]
    [InlineData("http://", "expected HOST")]
    [InlineData("oci://host", "the repository's name is missing: oci://host/NAME")]
    [InlineData("http://host/x?y=1", "has no '?'")]
    public void Wrong_addresses_are_refused(string url, string expected) => Refused("IB6126", () => Repository.Open(url, LayoutFixture.Options()), expected);

    private IRepository Open(string credentials = "", string query = "") =>
        Repository.Open($"http://{credentials}127.0.0.1:{server.Port}/{query}", LayoutFixture.Options(notes));

    private static string Refused(string id, Action action, string expected = "")
    {
        var error = Assert.ThrowsAny<ImageException>(action);
        Assert.Equal(id, error.Id);
        Assert.Contains(expected, error.Message);
        return error.Message;
    }
}
