using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using ImageBuilder.Agent.Repositories;
using ImageBuilder.Agent.Repositories.Http;
using ImageBuilder.Formats;

namespace ImageBuilder.Agent.Tests.Repositories.Http;

/// <summary>Connections: which are used again, and what goes through a proxy.</summary>
public sealed class Http11ClientTests : IDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly ConcurrentQueue<string> heads = new();
    private int connections;

    public Http11ClientTests() => listener.Start();

    public void Dispose() => listener.Dispose();

    private Uri Url => new($"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}/a%20b?c");

    [Fact]
    public async Task A_connection_is_used_again_when_its_answer_was_read()
    {
        Serve(_ => "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", requests: 100);
        using var client = Client();
        for (var i = 0; i < 3; i++)
            Assert.Equal("ok", await AskAsync(client));
        Assert.Equal((3, 1), (heads.Count, connections));
        Assert.StartsWith($"GET /a%20b?c HTTP/1.1\r\nHost: {Url.Authority}\r\n", heads.First());
        // What is not read, and is here, is passed over.
        (await client.SendAsync(new HttpRequest("GET", Url, null), default)).Dispose();
        Assert.Equal("ok", await AskAsync(client));
        Assert.InRange(connections, 1, 2);
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: x, Close\r\n\r\nok")]
    [InlineData("HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nno")]
    public async Task A_connection_is_not_used_again_when_the_server_does_not_want_it_or_says_too_much(string answer)
    {
        Serve(_ => answer, requests: 100);
        using var client = Client();
        Assert.Equal("ok", await AskAsync(client));
        Assert.Equal("ok", await AskAsync(client));
        Assert.Equal(2, connections);
    }

    [Fact]
    public async Task A_connection_that_the_server_has_closed_meanwhile_is_replaced()
    {
        Serve(_ => "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", requests: 1);
        using var client = Client();
        for (var i = 0; i < 3; i++)
            Assert.Equal("ok", await AskAsync(client));
        Assert.Equal(3, connections);
        var post = new HttpRequest("POST", Url, "{}"u8.ToArray());
        using var answer = await client.SendAsync(post, default);
        Assert.EndsWith("Content-Length: 2\r\n\r\n", heads.Last());
        Assert.Equal(4, connections);
    }

    [Fact]
    public async Task A_proxy_is_told_the_whole_address_and_its_password()
    {
        Serve(_ => "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", requests: 100);
        using var connection = await Connector().ConnectAsync(new Uri("http://name.invalid:81/x"), Proxy(), default);
        var request = new HttpRequest("GET", new Uri("http://name.invalid:81/x"), null);
        Assert.Equal(200, (await connection.AskAsync(request.Write(connection.Proxy), default))!.Status);
        Assert.StartsWith($"GET http://name.invalid:81/x HTTP/1.1\r\nHost: name.invalid:81\r\nProxy-Authorization: Basic {Convert.ToBase64String("u:p"u8)}\r\n", heads.Single());
    }

    [Fact]
    public async Task TLS_goes_through_a_tunnel_and_the_password_stays_with_the_proxy()
    {
        // What comes behind the proxy's answer is no TLS: the client has begun with it.
        Serve(head => head.StartsWith("CONNECT", StringComparison.Ordinal) ? "HTTP/1.1 200 Connected\r\n\r\n" : "no TLS", requests: 1);
        var error = await Assert.ThrowsAnyAsync<Exception>(() => Connector().ConnectAsync(new Uri("https://name.invalid/x"), Proxy(), default));
        Assert.True(error is IOException or AuthenticationException, error.ToString());
        Assert.Equal($"CONNECT name.invalid:443 HTTP/1.1\r\nHost: name.invalid:443\r\nProxy-Authorization: Basic {Convert.ToBase64String("u:p"u8)}\r\n\r\n", heads.Single());
    }

    [Fact]
    public async Task A_proxy_that_refuses_is_told_apart_from_one_that_cannot_reach_the_server()
    {
        var status = 407;
        Serve(_ => $"HTTP/1.1 {status} X\r\nContent-Length: 0\r\n\r\n", requests: 1);
        Assert.Equal("IB6124", (await Assert.ThrowsAsync<ImageException>(() => Connector().ConnectAsync(new Uri("https://name.invalid/x"), Proxy(), default))).Id);
        status = 502;
        Assert.Contains("the proxy 127.0.0.1 answers 502", (await Assert.ThrowsAsync<IOException>(() => Connector().ConnectAsync(new Uri("https://name.invalid/x"), Proxy(), default))).Message);
    }

    [Fact]
    public void A_value_cannot_become_another_line() =>
        Assert.Throws<ArgumentException>(() => new HttpRequest("GET", Url, null).Add("Authorization", "x\r\nHost: other"));

    private HttpProxy Proxy() => new(Url, Credentials.FromUserInfo("u:p"));

    private static HttpConnector Connector() => new(new X509ChainPolicy());

    private static Http11Client Client() => new(Connector());

    private async Task<string> AskAsync(Http11Client client)
    {
        using var exchange = await client.SendAsync(new HttpRequest("GET", Url, null), default);
        var text = new StringBuilder();
        var buffer = new byte[100];
        while (await exchange.Body.ReadAsync(buffer, default) is > 0 and var count)
            text.Append(Encoding.ASCII.GetString(buffer, 0, count));
        return text.ToString();
    }

    /// <summary>Answers each request's head; a connection ends after so many.</summary>
    private void Serve(Func<string, string> answer, int requests) => _ = Task.Run(async () =>
    {
        while (true)
        {
            var socket = await listener.AcceptSocketAsync();
            Interlocked.Increment(ref connections);
            _ = Task.Run(async () =>
            {
                using var stream = new NetworkStream(socket, ownsSocket: true);
                for (var left = requests; left > 0; left--)
                {
                    var head = new StringBuilder();
                    var next = new byte[1];
                    while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
                    {
                        if (await stream.ReadAsync(next) == 0)
                            return;
                        head.Append((char)next[0]);
                    }
                    heads.Enqueue(head.ToString());
                    await stream.WriteAsync(Encoding.ASCII.GetBytes(answer(head.ToString())));
                }
            });
        }
    });
}
