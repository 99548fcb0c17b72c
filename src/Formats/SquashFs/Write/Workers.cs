using System.Runtime.ExceptionServices;

namespace ImageBuilder.Formats.SquashFs;

/// <summary>Threads that do one thing together.</summary>
internal static class Workers
{
    /// <summary>Runs the same work on several threads and waits for all of them; the first error of one of them stops the others and is the caller's.</summary>
    /// <param name="count">How many threads, 1 or more; the caller's is one of them.</param>
    /// <param name="name">What they do, for debuggers.</param>
    /// <param name="work">Divides the work itself; its token says when to stop.</param>
    /// <param name="cancel">Stops all of them.</param>
    public static void Run(int count, string name, Action<CancellationToken> work, CancellationToken cancel)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        ExceptionDispatchInfo? failure = null;
        var threads = new Thread[count - 1];
        for (var i = 0; i < threads.Length; i++)
        {
            threads[i] = new Thread(Guarded) { IsBackground = true, Name = $"{name} {i}" };
            threads[i].Start();
        }
        Guarded();
        foreach (var thread in threads)
            thread.Join();
        failure?.Throw();

        void Guarded()
        {
            try
            {
                work(stop.Token);
            }
            catch (Exception error)
            {
                Interlocked.CompareExchange(ref failure, ExceptionDispatchInfo.Capture(error), null);
                stop.Cancel();
            }
        }
    }
}
