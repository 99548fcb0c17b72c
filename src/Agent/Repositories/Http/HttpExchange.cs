namespace ImageBuilder.Agent.Repositories.Http;

/// <summary>An answer whose body is not read yet, and the connection that it comes on.</summary>
/// <param name="head">What is known of it.</param>
/// <param name="body">What is yet to be read.</param>
/// <param name="connection">Where from.</param>
/// <param name="keep">Takes the connection when the next request may go over it.</param>
internal sealed class HttpExchange(HttpHead head, HttpBody body, HttpConnection connection, Action<HttpConnection> keep) : IDisposable
{
    private bool disposed;

    public HttpHead Head => head;

    public HttpBody Body => body;

    /// <summary>Ends it. The connection is closed when more of the body is to come than is here already.</summary>
    public void Dispose()
    {
        if (disposed)
            return;
        disposed = true;
        if (head.Minor == 0 || head.Lists("Connection", "close") || body.EndsWithConnection || !(body.IsAtEnd || PassOverRest()))
            connection.Dispose();
        else
            keep(connection);
    }

    private bool PassOverRest()
    {
        if (!body.RestIsHere)
            return false;
        var rest = new byte[4 << 10];
        while (!body.IsAtEnd)
            _ = body.ReadAsync(rest, CancellationToken.None).AsTask().GetAwaiter().GetResult(); // all of it is here: this does not wait
        return true;
    }
}
