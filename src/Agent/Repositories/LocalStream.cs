using ImageBuilder.Formats;

namespace ImageBuilder.Agent.Repositories;

/// <summary>A file of a local repository; a stick that was pulled out is no other trouble than a connection that broke.</summary>
internal sealed class LocalStream(Stream inner, string name) : ReadOnlyStream, IRemainder
{
    public long? Remaining => inner.Length - inner.Position;

    public override int Read(Span<byte> buffer)
    {
        try
        {
            return inner.Read(buffer);
        }
        catch (Exception error) when (error is IOException or ImageException)
        {
            throw new TransientException($"{name} cannot be read: {error.Message}", inner: error);
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            inner.Dispose();
        base.Dispose(disposing);
    }
}
