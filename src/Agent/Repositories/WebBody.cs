using System.Buffers;
using System.Net.Sockets;
using ImageBuilder.Agent.Repositories.Http;

namespace ImageBuilder.Agent.Repositories;

/// <summary>The body of an answer. Whatever breaks it is told in the words of repositories.</summary>
internal sealed class WebBody(WebAnswer answer, HttpBody body, Patience clock) : ReadOnlyStream, IRemainder
{
    private long read;

    public long? Remaining => body.Length - read;

    public override int Read(Span<byte> buffer)
    {
        var bytes = ArrayPool<byte>.Shared.Rent(buffer.Length);
        try
        {
            var count = Read(bytes, 0, buffer.Length);
            bytes.AsSpan(0, count).CopyTo(buffer);
            return count;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }

    public override int Read(byte[] buffer, int offset, int count)
    {
        try
        {
            var got = clock.Await(token => body.ReadAsync(buffer.AsMemory(offset, count), token).AsTask());
            read += got;
            clock.Count(got);
            return got;
        }
        catch (Exception error) when (error is IOException or InvalidDataException or SocketException)
        {
            throw WebClient.Explain(answer.Uri, error);
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            answer.Dispose();
        base.Dispose(disposing);
    }
}
