namespace ImageBuilder.Agent.Repositories;

/// <summary>Any repository, with patience for what may pass: a request that failed is repeated, a blob that broke off goes on where it did; and not faster than is wanted.</summary>
internal sealed class RetryingRepository(IRepository repository, RepositoryOptions options) : IRepository
{
    private readonly IRepository inner = repository;
    private readonly RateLimit? rate = options.Rate > 0 ? new RateLimit(options.Rate, options.Backoff.Wait) : null;

    // A server that breaks off after every few bytes is no better than a slow one.
    private readonly double enough = Math.Max(1, options.LeastRate * options.Patience.TotalSeconds);

    public string Name => inner.Name;

    public byte[] ReadManifest(string channel, CancellationToken cancel)
    {
        for (var failures = 0; ;)
        {
            try
            {
                return inner.ReadManifest(channel, cancel);
            }
            catch (TransientException error)
            {
                Pause(error, ref failures, cancel);
            }
        }
    }

    public Stream OpenBlob(string sha256, long offset, CancellationToken cancel)
    {
        var stream = new ResumingStream(this, sha256, offset, cancel);
        stream.Connect();
        return stream;
    }

    public void Dispose() => inner.Dispose();

    /// <summary>Waits before the next attempt.</summary>
    /// <exception cref="TransientException">The error, when it was the last.</exception>
    private void Pause(TransientException error, ref int failures, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        if (++failures >= options.Backoff.Attempts)
            throw options.Backoff.Attempts == 1 ? error : new TransientException($"{error.Message} (attempt {failures}, the last)", error.RetryAfter, error);
        var wait = options.Backoff.After(failures, error.RetryAfter);
        options.Note($"{error.Message}; again in {wait.TotalSeconds:0.#} s");
        options.Backoff.Wait(wait, cancel);
    }

    /// <summary>A blob across connections.</summary>
    private sealed class ResumingStream(RetryingRepository owner, string sha256, long start, CancellationToken cancel) : ReadOnlyStream, IRemainder
    {
        private long position = start;
        private Stream? stream;
        private int failures;
        private long gained; // bytes since the last failure

        public long? Remaining => (stream as IRemainder)?.Remaining;

        public void Connect()
        {
            while (stream is null)
            {
                try
                {
                    stream = owner.inner.OpenBlob(sha256, position, cancel);
                }
                catch (TransientException error)
                {
                    owner.Pause(error, ref failures, cancel);
                }
            }
        }

        public override int Read(Span<byte> buffer)
        {
            if (owner.rate is { } rate && buffer.Length > rate.PartLength)
                buffer = buffer[..rate.PartLength];
            while (true)
            {
                Connect();
                try
                {
                    var read = stream!.Read(buffer);
                    if (read > 0)
                    {
                        position += read;
                        gained += read;
                        if (gained >= owner.enough)
                            failures = 0;
                        owner.rate?.Count(read, cancel);
                    }
                    return read;
                }
                catch (TransientException error)
                {
                    stream!.Dispose();
                    stream = null;
                    gained = 0;
                    owner.Pause(error, ref failures, cancel);
                }
            }
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                stream?.Dispose();
            base.Dispose(disposing);
        }
    }
}
