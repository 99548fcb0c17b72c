namespace ImageBuilder.Formats.Tests.Iso9660;

/// <summary>A file written front to back whose runs of zeros take no space; it cannot seek, so that no writer relies on it.</summary>
internal sealed class SparseFileStream(string path) : Stream
{
    private readonly FileStream file = File.Create(path);
    private long position;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => position; set => throw new NotSupportedException(); }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        if (buffer.ContainsAnyExcept((byte)0))
        {
            file.Position = position;
            file.Write(buffer);
        }
        position += buffer.Length;
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Flush() => file.Flush();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            file.SetLength(position);
            file.Dispose();
        }
        base.Dispose(disposing);
    }
}
