using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using ImageBuilder.Formats;

namespace ImageBuilder.Agent.Repositories.Http;

/// <summary>Connects: to the server or through a proxy (RFC 9110, 9.3.6), with TLS or without.</summary>
/// <param name="trust">Who is believed to be the server.</param>
internal sealed class HttpConnector(X509ChainPolicy trust)
{
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(15);

    /// <exception cref="SocketException">Nobody is there.</exception>
    /// <exception cref="System.Security.Authentication.AuthenticationException">Its certificate is not trusted.</exception>
    /// <exception cref="IOException">It broke, or the proxy cannot reach the server.</exception>
    /// <exception cref="ImageException">IB6124: the proxy wants a password, or another one.</exception>
    public async Task<HttpConnection> ConnectAsync(Uri target, HttpProxy? proxy, CancellationToken cancel)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(ConnectTimeout);
        var origin = OriginOf(target);
        Stream? stream = null;
        try
        {
            stream = await OpenAsync(proxy?.Address ?? target, limit.Token);
            if (proxy?.Address.Scheme == Uri.UriSchemeHttps)
                stream = await SecureAsync(stream, proxy.Address, limit.Token);
            if (target.Scheme == Uri.UriSchemeHttps)
            {
                if (proxy is not null)
                    await TunnelAsync(stream, target, proxy, limit.Token);
                stream = await SecureAsync(stream, target, limit.Token);
                proxy = null;
            }
            return new HttpConnection(stream, origin, proxy);
        }
        catch (Exception error)
        {
            stream?.Dispose();
            if (error is OperationCanceledException && !cancel.IsCancellationRequested)
                throw new IOException($"no connection in {ConnectTimeout.TotalSeconds:0} s", error);
            throw;
        }
    }

    /// <summary>Scheme, host and port.</summary>
    public static string OriginOf(Uri uri) => $"{uri.Scheme}://{uri.IdnHost}:{uri.Port}".ToLowerInvariant();

    /// <summary>As the field Host and a proxy want it; an IPv6 address is in brackets.</summary>
    public static string HostOf(Uri uri) => uri.HostNameType == UriHostNameType.IPv6 ? $"[{uri.IdnHost}]" : uri.IdnHost;

    private static async Task<Stream> OpenAsync(Uri uri, CancellationToken cancel)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(uri.IdnHost, uri.Port, cancel);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private async Task<Stream> SecureAsync(Stream inner, Uri uri, CancellationToken cancel)
    {
        var stream = new SslStream(inner);
        try
        {
            await stream.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = uri.IdnHost, CertificateChainPolicy = trust }, cancel);
            return stream;
        }
        catch
        {
            await stream.DisposeAsync();
            throw;
        }
    }

    private static async Task TunnelAsync(Stream stream, Uri target, HttpProxy proxy, CancellationToken cancel)
    {
        var address = $"{HostOf(target)}:{target.Port}";
        var password = proxy.Credentials is { } credentials ? $"Proxy-Authorization: {credentials.ToBasic()}\r\n" : "";
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"CONNECT {address} HTTP/1.1\r\nHost: {address}\r\n{password}\r\n"), cancel);
        await stream.FlushAsync(cancel);
        // Until TLS begins the server says nothing, so that nothing of it can be lost with this reader.
        var head = await HttpHead.ReadAsync(new HttpReader(stream), cancel);
        if (head?.Status == 407)
            throw new ImageException(ImageErrorKind.Io, "IB6124", $"the proxy {HostOf(proxy.Address)} refuses access: it wants user and password in the variable that names it");
        if (head?.Status is not (>= 200 and < 300))
            throw new IOException($"the proxy {HostOf(proxy.Address)} {(head is null ? "closed the connection" : $"answers {head.Status}")}");
    }
}
