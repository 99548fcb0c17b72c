using System.Buffers;
using ImageBuilder.Formats;
using ImageBuilder.Linux;
using ImageBuilder.Update.Stacks;

namespace ImageBuilder.Agent.Repositories;

/// <summary>Reading blobs of any repository, within the sizes that were announced.</summary>
internal static class RepositoryReading
{
    private const int PartLength = 64 << 10;

    /// <summary>How often a blob may end early when its source never said how long it is: then a connection that broke looks like an end.</summary>
    private const int MaxEnds = 20;

    /// <summary>A small blob, whole; its length and digest are right.</summary>
    /// <exception cref="ImageException">As <see cref="IRepository.OpenBlob"/>; IB6123: another length; IB6128: another digest.</exception>
    public static byte[] ReadBlob(this IRepository repository, StackBlob blob, CancellationToken cancel)
    {
        var bytes = new byte[checked((int)blob.Size)];
        var length = 0;
        repository.ReadBlob(blob, 0, part =>
        {
            part.CopyTo(bytes.AsSpan(length));
            length += part.Length;
        }, cancel);
        var digest = new Sha256();
        digest.Append(bytes);
        var hash = digest.Finish();
        return hash == blob.Sha256 ? bytes
            : throw new ImageException(ImageErrorKind.Corrupt, "IB6128", $"{repository.Name} gives other bytes than it should: the digest of blob {blob.Sha256} is {hash}");
    }

    /// <summary>A blob from a byte on, part by part, to its announced end and not a byte further. Its digest is for the caller to check.</summary>
    /// <param name="repository">Where it lies.</param>
    /// <param name="blob">Digest and length.</param>
    /// <param name="offset">Where to begin: what is there already.</param>
    /// <param name="take">Gets every part, in order; may keep it only until it returns.</param>
    /// <param name="cancel">Stops.</param>
    /// <exception cref="ImageException">As <see cref="IRepository.OpenBlob"/>; IB6123: another length.</exception>
    public static void ReadBlob(this IRepository repository, StackBlob blob, long offset, Action<ReadOnlySpan<byte>> take, CancellationToken cancel)
    {
        if (offset >= blob.Size)
            return;
        var buffer = ArrayPool<byte>.Shared.Rent(PartLength);
        try
        {
            for (var left = MaxEnds; offset < blob.Size; left--)
            {
                var start = offset;
                using var stream = repository.OpenBlob(blob.Sha256, offset, cancel);
                var remaining = (stream as IRemainder)?.Remaining;
                if (remaining is { } length && length != blob.Size - offset)
                    throw WrongLength(repository, blob, $"it has {offset + length}");
                for (int read; offset < blob.Size && (read = stream.Read(buffer, 0, (int)Math.Min(PartLength, blob.Size - offset))) > 0; offset += read)
                {
                    take(buffer.AsSpan(0, read));
                    cancel.ThrowIfCancellationRequested();
                }
                if (offset < blob.Size && (remaining is not null || offset == start || left == 0))
                    throw WrongLength(repository, blob, $"it ends after {offset}");
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>A stream to its end, of a document that is small.</summary>
    /// <exception cref="ImageException">IB6123: longer than the limit.</exception>
    public static byte[] ReadAll(Stream stream, int limit, string name)
    {
        using var bytes = new MemoryStream();
        var buffer = ArrayPool<byte>.Shared.Rent(PartLength);
        try
        {
            for (int read; (read = stream.Read(buffer, 0, PartLength)) > 0;)
            {
                if (bytes.Length + read > limit)
                    throw new ImageException(ImageErrorKind.LimitExceeded, "IB6123", $"{name} goes on after {limit} bytes, and no more are read");
                bytes.Write(buffer, 0, read);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
        return bytes.ToArray();
    }

    /// <summary>Passes over bytes that are not wanted; fewer when the stream ends before.</summary>
    public static void Skip(Stream stream, long count)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(PartLength);
        try
        {
            while (count > 0)
            {
                var read = stream.Read(buffer, 0, (int)Math.Min(PartLength, count));
                if (read == 0)
                    return;
                count -= read;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    public static ImageException NoSuchBlob(string repository, string sha256) =>
        new(ImageErrorKind.Io, "IB6122", $"{repository} does not have blob {sha256}; it may have been published anew meanwhile, or be incomplete: `imagebuilder verify` tells");

    private static ImageException WrongLength(IRepository repository, StackBlob blob, string found) =>
        new(ImageErrorKind.Corrupt, "IB6123", $"blob {blob.Sha256} of {repository.Name} should have {blob.Size} bytes; {found}");
}
