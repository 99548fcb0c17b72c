using ImageBuilder.Formats;
using ImageBuilder.Formats.Compression;
using ImageBuilder.Formats.Trees;
using Microsoft.Win32.SafeHandles;

namespace ImageBuilder.Pipeline.Inspection.Reports;

/// <summary>Compressed images decompressed to files without a name, which are gone with this object.</summary>
internal sealed class Spool : IDisposable
{
    /// <summary>The most that one file may become, in bytes.</summary>
    private const long MaxLength = 16L << 30;

    /// <summary>What an image is shows in so many bytes at the latest.</summary>
    private const int StartLength = 1 << 20;

    private readonly List<SafeFileHandle> files = [];

    /// <summary>The decompressed content; of one that begins like nothing that is known, the start alone.</summary>
    /// <exception cref="ImageException">IB2103, IB2104: damaged, or needs too much memory; IB5224: becomes too long; IB5225: there is no room for it.</exception>
    public Content Decompress(CompressionFormat format, Content content, string name)
    {
        using var input = content.OpenRead();
        using var stream = Decompressor.Open(format, input);
        var buffer = new byte[StartLength];
        var read = Read();
        var start = Content.From(buffer.AsMemory(0, read));
        if (ImageFormats.Recognise(start) == ImageFormat.Unknown)
            return start;
        var file = File.OpenHandle(Path.Combine(Path.GetTempPath(), Path.GetRandomFileName()), FileMode.CreateNew, FileAccess.ReadWrite, FileShare.Read, FileOptions.DeleteOnClose);
        files.Add(file);
        long length = 0;
        for (; read > 0; read = Read())
        {
            if (length + read > MaxLength)
                throw new ImageException(ImageErrorKind.LimitExceeded, "IB5224", $"{name} decompresses to more than {MaxLength} bytes");
            Write(file, buffer.AsSpan(0, read), length, name);
            length += read;
        }
        return Content.From(file, 0, length, name);

        int Read() => stream.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
    }

    private static void Write(SafeFileHandle file, ReadOnlySpan<byte> bytes, long at, string name)
    {
        try
        {
            RandomAccess.Write(file, bytes, at);
        }
        catch (IOException error)
        {
            throw new ImageException(ImageErrorKind.Io, "IB5225", $"{name} cannot be unpacked in {Path.GetTempPath()}: {error.Message.Split(" : ")[0]}; set TMPDIR to a folder with more room", error);
        }
    }

    public void Dispose() => files.ForEach(file => file.Dispose());
}
