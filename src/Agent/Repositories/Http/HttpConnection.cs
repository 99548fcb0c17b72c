using System.Diagnostics;

namespace ImageBuilder.Agent.Repositories.Http;

/// <summary>A connection on which one request follows the other (RFC 9112, 9.3).</summary>
/// <param name="stream">To the server, or to the proxy that passes requests on.</param>
/// <param name="origin">Whom it leads to: scheme, host and port.</param>
/// <param name="proxy">The proxy that must be told the whole address, and perhaps a password; null when requests go to the server itself, also through a tunnel.</param>
internal sealed class HttpConnection(Stream stream, string origin, HttpProxy? proxy) : IDisposable
{
    private readonly Stopwatch idle = Stopwatch.StartNew();

    public string Origin => origin;

    public HttpProxy? Proxy => proxy;

    public HttpReader Reader { get; } = new(stream);

    /// <summary>For how long nothing was asked.</summary>
    public TimeSpan Idle => idle.Elapsed;

    /// <summary>Asks, and reads the answer's head; null when the server has closed the connection instead.</summary>
    public async ValueTask<HttpHead?> AskAsync(byte[] request, CancellationToken cancel)
    {
        await stream.WriteAsync(request, cancel);
        await stream.FlushAsync(cancel);
        return await HttpHead.ReadAsync(Reader, cancel);
    }

    /// <summary>An answer was read to its end.</summary>
    public void Rest() => idle.Restart();

    public void Dispose() => stream.Dispose();
}
