using System.IO.Compression;

namespace ImageBuilder.Formats.Compression;

/// <summary>Blocks as zlib streams (RFC 1950) by the framework's zlib.</summary>
internal sealed class ZlibBlockCompressor(int level) : BlockCompressor
{
    private readonly ZLibCompressionOptions options = new() { CompressionLevel = level };
    private readonly FixedStream output = new();

    public override unsafe int Compress(ReadOnlySpan<byte> source, Span<byte> destination)
    {
        fixed (byte* start = destination)
        {
            output.Reset(start, destination.Length);
            using (var stream = new ZLibStream(output, options, leaveOpen: true))
                stream.Write(source);
            return output.Overflowed ? 0 : output.Written;
        }
    }

    public override void Dispose() => output.Dispose();

    /// <summary>A write-only stream into memory of fixed size, which notes instead of throwing that it is full.</summary>
    private sealed unsafe class FixedStream : Stream
    {
        private byte* start;
        private int capacity;

        public int Written { get; private set; }

        public bool Overflowed { get; private set; }

        public void Reset(byte* memory, int length)
        {
            start = memory;
            capacity = length;
            Written = 0;
            Overflowed = false;
        }

        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            Overflowed |= buffer.Length > capacity - Written;
            if (Overflowed)
                return;
            buffer.CopyTo(new Span<byte>(start + Written, capacity - Written));
            Written += buffer.Length;
        }

        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

        public override void Flush()
        {
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
