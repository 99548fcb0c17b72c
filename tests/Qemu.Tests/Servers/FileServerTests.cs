using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using ImageBuilder.Qemu.Servers;
using FileServer = ImageBuilder.Qemu.Servers.FileServer;

namespace ImageBuilder.Qemu.Tests.Servers;

/// <summary>What scenarios serve, asked for as a guest does: by the address that QEMU translates.</summary>
public sealed class FileServerTests : IAsyncDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("ib-server-").FullName;
    private readonly byte[] content = new byte[100_000];
    private readonly FileServer server;
    private readonly HttpClient client = new() { Timeout = TimeSpan.FromSeconds(30) };

    public FileServerTests()
    {
        new Random(1).NextBytes(content);
        File.WriteAllBytes(Path.Combine(folder, "file"), content);
        server = new FileServer(folder, 0);
    }

    public async ValueTask DisposeAsync()
    {
        client.Dispose();
        await server.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task A_file_and_the_rest_of_it()
    {
        Assert.Equal($"http://10.0.2.2:{server.Port}", server.Url);
        Assert.Equal(content, await Read());
        Assert.Equal(content[70_001..], await Read(70_001));
        Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync($"http://127.0.0.1:{server.Port}/other")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync($"http://127.0.0.1:{server.Port}/%2e%2e/%2e%2e/etc/passwd")).StatusCode);
    }

    [Fact]
    public async Task Its_address_is_known_before_anything_is_served()
    {
        var (url, path) = ($"http://127.0.0.1:{server.Port}/file", server.Folder);
        server.Folder = null;
        Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync(url)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync($"http://127.0.0.1:{server.Port}/etc/passwd")).StatusCode);
        server.Folder = path;
        Assert.Equal(content, await Read());
    }

    [Fact]
    public async Task Each_fault()
    {
        server.Faults = new ServerFaults { Flip = true };
        Assert.Single(content.Zip(await Read()), pair => pair.First != pair.Second);
        server.Faults = new ServerFaults { CutAfter = 50_000 };
        await Assert.ThrowsAnyAsync<Exception>(() => Read());
        server.Faults = new ServerFaults { Rate = 50_000 };
        var clock = Stopwatch.StartNew();
        Assert.Equal(content[50_000..], await Read(50_000));
        Assert.InRange(clock.Elapsed.TotalSeconds, 0.9, 20);
        server.Faults = new ServerFaults { Off = true };
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await client.GetAsync($"http://127.0.0.1:{server.Port}/file")).StatusCode);
        server.Faults = new ServerFaults { Endless = true };
        await using var endless = await client.GetStreamAsync($"http://127.0.0.1:{server.Port}/file");
        await endless.ReadExactlyAsync(new byte[1_000_000]);
    }

    private async Task<byte[]> Read(long? offset = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"http://127.0.0.1:{server.Port}/file");
        request.Headers.Host = $"10.0.2.2:{server.Port}";
        if (offset is { } first)
            request.Headers.Range = new RangeHeaderValue(first, null);
        using var answer = await client.SendAsync(request);
        return await answer.Content.ReadAsByteArrayAsync();
    }
}
