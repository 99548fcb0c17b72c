using ImageBuilder.Formats.Trees;
using Microsoft.Win32.SafeHandles;

namespace ImageBuilder.Pipeline.Images.Disk;

/// <summary>A file of fixed length that is written in pieces: blocks of zeros are left out, and stay holes.</summary>
internal sealed class SparseFile : IDisposable
{
    private const int BlockSize = 4096;
    private const int BufferSize = 1 << 20;
    private readonly SafeFileHandle file;
    private readonly byte[] buffer = new byte[BufferSize];

    /// <summary>Makes the file.</summary>
    /// <param name="path">Its path; what is there is replaced.</param>
    /// <param name="length">In bytes.</param>
    public SparseFile(string path, long length)
    {
        file = File.OpenHandle(path, FileMode.Create, FileAccess.ReadWrite);
        RandomAccess.SetLength(file, length);
        Length = length;
    }

    /// <summary>In bytes.</summary>
    public long Length { get; }

    /// <summary>Writes a content at an offset, in bytes.</summary>
    public void Write(long offset, Content content, Action<long>? progress, CancellationToken cancel)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(content.Length, Length - offset);
        for (long done = 0; done < content.Length;)
        {
            cancel.ThrowIfCancellationRequested();
            var part = buffer.AsSpan(0, (int)Math.Min(BufferSize, content.Length - done));
            content.Read(done, part);
            WriteData(offset + done, part);
            done += part.Length;
            progress?.Invoke(part.Length);
        }
    }

    /// <summary>Waits until everything in a file is on disk, whoever wrote it.</summary>
    public static void FlushToDisk(string path)
    {
        using var written = File.OpenHandle(path, access: FileAccess.ReadWrite);
        RandomAccess.FlushToDisk(written);
    }

    public void Dispose() => file.Dispose();

    private void WriteData(long offset, ReadOnlySpan<byte> bytes)
    {
        for (var start = 0; start < bytes.Length;)
        {
            var end = start;
            var empty = IsEmpty(bytes, start);
            do
                end = Math.Min(end + BlockSize, bytes.Length);
            while (end < bytes.Length && IsEmpty(bytes, end) == empty);
            if (!empty)
                RandomAccess.Write(file, bytes[start..end], offset + start);
            start = end;
        }
    }

    private static bool IsEmpty(ReadOnlySpan<byte> bytes, int start) => !bytes[start..Math.Min(start + BlockSize, bytes.Length)].ContainsAnyExcept((byte)0);
}
