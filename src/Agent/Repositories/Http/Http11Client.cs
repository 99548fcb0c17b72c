using System.Net.Sockets;

namespace ImageBuilder.Agent.Repositories.Http;

/// <summary>Sends requests and reads what is answered. The last connection is kept for the next request to the same server.</summary>
internal sealed class Http11Client(HttpConnector connector) : IDisposable
{
    private static readonly TimeSpan MaxIdle = TimeSpan.FromSeconds(30);
    private HttpConnection? kept;
    private bool disposed;

    /// <summary>Sends a request and reads the head of its answer.</summary>
    /// <exception cref="IOException">The connection broke.</exception>
    /// <exception cref="InvalidDataException">The answer is no HTTP/1.1.</exception>
    /// <inheritdoc cref="HttpConnector.ConnectAsync" path="/exception"/>
    public async Task<HttpExchange> SendAsync(HttpRequest request, CancellationToken cancel)
    {
        if (TakeKept(request) is { } used)
            try
            {
                if (await ExchangeAsync(used, request, cancel) is { } answer)
                    return answer;
            }
            catch (Exception error) when (error is IOException or SocketException)
            {
                // The server may close a connection at any time in which it is idle (RFC 9112, 9.3.1): the request goes over another one.
            }
        var connection = await connector.ConnectAsync(request.Target, HttpProxy.For(request.Target, Environment.GetEnvironmentVariable), cancel);
        return await ExchangeAsync(connection, request, cancel) ?? throw new IOException("the server closed the connection without an answer");
    }

    public void Dispose()
    {
        disposed = true;
        kept?.Dispose();
        kept = null;
    }

    private async Task<HttpExchange?> ExchangeAsync(HttpConnection connection, HttpRequest request, CancellationToken cancel)
    {
        HttpExchange? exchange = null;
        try
        {
            if (await connection.AskAsync(request.Write(connection.Proxy), cancel) is { } head)
                exchange = new HttpExchange(head, new HttpBody(connection.Reader, head), connection, Keep);
            return exchange;
        }
        finally
        {
            if (exchange is null)
                connection.Dispose();
        }
    }

    private HttpConnection? TakeKept(HttpRequest request)
    {
        var connection = kept;
        kept = null;
        if (connection is null || (request.IsIdempotent && connection.Idle < MaxIdle && connection.Origin == HttpConnector.OriginOf(request.Target)))
            return connection;
        connection.Dispose();
        return null;
    }

    private void Keep(HttpConnection connection)
    {
        // Bytes that nobody has asked for would be taken for the next answer.
        if (disposed || connection.Reader.Available > 0)
        {
            connection.Dispose();
            return;
        }
        connection.Rest();
        kept?.Dispose();
        kept = connection;
    }
}
