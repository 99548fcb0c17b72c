using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Formats;

/// <summary>
/// Emits an image front to back into a stream that need not seek. Each part states where its layout put it; a difference is a
/// defect of the layout, and stops the write.
/// </summary>
internal sealed class SequentialWriter(Stream output, long total, Action<long, long>? progress, CancellationToken cancel)
{
    private const int BufferSize = 1 << 20;
    private static readonly byte[] Zeros = new byte[1 << 16];
    private byte[]? buffer;

    /// <summary>Bytes written so far.</summary>
    public long Position { get; private set; }

    /// <summary>Checks that the next byte is the one at <paramref name="position"/> in bytes.</summary>
    public void At(long position)
    {
        if (Position != position)
            throw new InvalidOperationException($"the image is written up to byte {Position}, but the layout puts the next part at {position}");
    }

    /// <summary>Fills with zeros up to <paramref name="position"/> in bytes, which must not lie behind.</summary>
    public void PadTo(long position)
    {
        if (position < Position)
            At(position);
        while (Position < position)
            Write(Zeros.AsSpan(0, (int)Math.Min(Zeros.Length, position - Position)));
    }

    public void Write(ReadOnlySpan<byte> bytes)
    {
        cancel.ThrowIfCancellationRequested();
        try
        {
            output.Write(bytes);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ImageException(ImageErrorKind.Io, "IB2060", $"the image cannot be written at byte {Position} of {total}: {error.Message}", error);
        }
        Position += bytes.Length;
        progress?.Invoke(Position, total);
    }

    /// <summary>Copies a whole content.</summary>
    public void Copy(Content content)
    {
        buffer ??= new byte[BufferSize];
        for (long done = 0; done < content.Length;)
        {
            var part = buffer.AsSpan(0, (int)Math.Min(buffer.Length, content.Length - done));
            content.Read(done, part);
            Write(part);
            done += part.Length;
        }
    }

    /// <summary>Checks that everything the layout promised was written.</summary>
    public void End() => At(total);
}
