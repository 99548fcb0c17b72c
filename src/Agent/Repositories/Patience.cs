using System.Diagnostics;
using System.Net.Sockets;

namespace ImageBuilder.Agent.Repositories;

/// <summary>
/// How long one server is waited for: no wait may be longer than <see cref="RepositoryOptions.Patience"/>, and what comes must be <see cref="RepositoryOptions.LeastRate"/>
/// on average over such a time, of which only that counts in which the server was waited for.
/// </summary>
/// <param name="options">The limits.</param>
/// <param name="where">The server's resource, for messages.</param>
/// <param name="cancel">The caller's wish to stop.</param>
internal sealed class Patience(RepositoryOptions options, string where, CancellationToken cancel) : IDisposable
{
    private readonly Stopwatch waited = new();
    private CancellationTokenSource? limit;
    private long received;

    /// <summary>Waits for the server.</summary>
    /// <exception cref="TransientException">For too long.</exception>
    public T Await<T>(Func<CancellationToken, Task<T>> ask)
    {
        if (limit is null || !limit.TryReset())
        {
            limit?.Dispose();
            limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        }
        limit.CancelAfter(options.Patience);
        waited.Start();
        try
        {
            return ask(limit.Token).GetAwaiter().GetResult();
        }
        catch (Exception error) when (cancel.IsCancellationRequested && error is OperationCanceledException or IOException or SocketException)
        {
            throw new OperationCanceledException(cancel);
        }
        catch (OperationCanceledException error)
        {
            throw new TransientException($"{where}: the server gave nothing for {options.Patience.TotalSeconds:0.#} s", inner: error);
        }
        finally
        {
            waited.Stop();
            limit.CancelAfter(Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>Counts what came.</summary>
    /// <exception cref="TransientException">Too little.</exception>
    public void Count(int bytes)
    {
        received += bytes;
        if (waited.Elapsed < options.Patience)
            return;
        if (received < options.LeastRate * waited.Elapsed.TotalSeconds)
            throw new TransientException($"{where}: the server gave {received} bytes in {waited.Elapsed.TotalSeconds:0.#} s; less than {options.LeastRate} bytes a second are not waited for");
        waited.Reset();
        received = 0;
    }

    public void Dispose() => limit?.Dispose();
}
