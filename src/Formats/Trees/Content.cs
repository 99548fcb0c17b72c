using System.Buffers;
using Microsoft.Win32.SafeHandles;

namespace ImageBuilder.Formats.Trees;

/// <summary>
/// The bytes of a regular file, wherever they are. Reads are positional and safe from several threads at once.
/// </summary>
public abstract class Content
{
    private const int ComparedLength = 1 << 20; // the largest SquashFS block

    /// <summary>No bytes at all.</summary>
    public static Content Empty { get; } = new MemoryContent(ReadOnlyMemory<byte>.Empty);

    /// <summary>Length in bytes, fixed for the life of the object.</summary>
    public abstract long Length { get; }

    /// <summary>
    /// Fills <paramref name="buffer"/> completely from <paramref name="offset"/>, which with the buffer's length must lie
    /// inside <see cref="Length"/>.
    /// </summary>
    /// <exception cref="ImageException">IB2010: the file behind the content has become shorter, or cannot be read.</exception>
    public abstract void Read(long offset, Span<byte> buffer);

    /// <summary>
    /// The first stretch of data that ends behind <paramref name="offset"/>: what lies between the offset and its start is a hole, which
    /// reads as zeros. At the end of the content an empty stretch. Content that knows of no holes is one stretch.
    /// </summary>
    /// <param name="offset">Byte from 0 to <see cref="Length"/>.</param>
    public virtual (long Start, long End) DataFrom(long offset) => (offset, Length);

    /// <summary>Content held in memory.</summary>
    public static Content From(ReadOnlyMemory<byte> bytes) => bytes.IsEmpty ? Empty : new MemoryContent(bytes);

    /// <summary>Text as UTF-8 without a byte order mark.</summary>
    public static Content From(string text) => From(System.Text.Encoding.UTF8.GetBytes(text));

    /// <summary>A slice of an open file. The handle stays the caller's, who keeps it open as long as the content is used.</summary>
    /// <param name="file">The file, open for reading.</param>
    /// <param name="offset">First byte of the slice, in bytes.</param>
    /// <param name="length">Length of the slice, in bytes.</param>
    /// <param name="name">How to call the file in error messages.</param>
    public static Content From(SafeFileHandle file, long offset, long length, string name) => new FileSlice(file, offset, length, name);

    /// <summary>A part of this content.</summary>
    /// <param name="offset">First byte of the part.</param>
    /// <param name="length">Its length in bytes; the part lies inside the content.</param>
    public Content Slice(long offset, long length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, Length - length);
        return length == 0 ? Empty : offset == 0 && length == Length ? this : new ContentSlice(this, offset, length);
    }

    /// <summary>The whole content as an array; for small files.</summary>
    /// <exception cref="ImageException">IB2011: the content is longer than <paramref name="limit"/> bytes.</exception>
    public byte[] ToArray(int limit = 64 << 20)
    {
        if (Length > limit)
            throw new ImageException(ImageErrorKind.LimitExceeded, "IB2011", $"a file of {Length} bytes was to be read into memory; at most {limit} are allowed");
        var bytes = new byte[Length];
        Read(0, bytes);
        return bytes;
    }

    /// <summary>The offset in bytes at which this content begins to differ from another of the same length; -1 when they are the same.</summary>
    /// <param name="other">The other content.</param>
    /// <param name="cancel">Stops between two parts.</param>
    /// <exception cref="ImageException">IB2010: one of them could not be read.</exception>
    public long FirstDifference(Content other, CancellationToken cancel = default)
    {
        var length = (int)Math.Min(ComparedLength, Length);
        var (a, b) = (ArrayPool<byte>.Shared.Rent(length), ArrayPool<byte>.Shared.Rent(length));
        try
        {
            for (long offset = 0; offset < Length; offset += length)
            {
                cancel.ThrowIfCancellationRequested();
                var count = (int)Math.Min(length, Length - offset);
                Read(offset, a.AsSpan(0, count));
                other.Read(offset, b.AsSpan(0, count));
                var same = a.AsSpan(0, count).CommonPrefixLength(b.AsSpan(0, count));
                if (same < count)
                    return offset + same;
            }
            return -1;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(a);
            ArrayPool<byte>.Shared.Return(b);
        }
    }

    /// <summary>A sequential, seekable read-only view.</summary>
    public Stream OpenRead() => new ContentStream(this);

    private sealed class MemoryContent(ReadOnlyMemory<byte> bytes) : Content
    {
        public override long Length => bytes.Length;

        public override void Read(long offset, Span<byte> buffer) => bytes.Span.Slice(checked((int)offset), buffer.Length).CopyTo(buffer);
    }

    /// <summary>Fills a buffer from an open file.</summary>
    /// <param name="file">The file, open for reading.</param>
    /// <param name="position">First byte, from the file's beginning.</param>
    /// <param name="buffer">What is filled, whole.</param>
    /// <param name="name">Says by its text how to call the file in error messages.</param>
    /// <exception cref="ImageException">IB2010: it could not be read, or ends too early.</exception>
    protected static void ReadFile(SafeFileHandle file, long position, Span<byte> buffer, object name)
    {
        try
        {
            for (var done = 0; done < buffer.Length;)
            {
                var read = RandomAccess.Read(file, buffer[done..], position + done);
                if (read == 0)
                    throw new ImageException(ImageErrorKind.Io, "IB2010",
                        $"{name} became shorter while it was read: nothing at byte {position + done}, expected data up to {position + buffer.Length}");
                done += read;
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ImageException(ImageErrorKind.Io, "IB2010", $"{name} cannot be read: {error.Message}", error);
        }
    }

    private sealed class FileSlice(SafeFileHandle file, long start, long length, string name) : Content
    {
        public override long Length => length;

        public override void Read(long offset, Span<byte> buffer)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(offset);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(offset + buffer.Length, length, nameof(offset));
            ReadFile(file, start + offset, buffer, name);
        }
    }
}
