using ImageBuilder.Formats;
using ImageBuilder.Formats.Trees;
using ImageBuilder.Linux;

namespace ImageBuilder.Pipeline.Sources;

/// <summary>Files that stay open as long as the contents in them are used.</summary>
internal sealed class OpenFiles : IDisposable
{
    private readonly List<IDisposable> files = [];

    /// <summary>Keeps something until the end.</summary>
    public T Keep<T>(T file) where T : IDisposable
    {
        files.Add(file);
        return file;
    }

    /// <summary>Opens a file and keeps it; what is read is that file, also when another takes its name.</summary>
    /// <exception cref="ImageException">IB3042: it cannot be opened.</exception>
    public Content Open(string path)
    {
        try
        {
            RefusePipe(path);
            var file = Keep(File.OpenHandle(path));
            return Content.From(file, 0, RandomAccess.GetLength(file), path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ImageException(ImageErrorKind.Io, "IB3042", $"{path} cannot be opened: {error.Message}", error);
        }
    }

    /// <summary>Refuses a named pipe before it is opened: that would wait, perhaps for ever, for somebody to write.</summary>
    /// <exception cref="IOException">It is one.</exception>
    public static void RefusePipe(string path)
    {
        if (FileStatus.IsPipe(path))
            throw new IOException("it is a named pipe; copy what it holds to a file first");
    }

    public void Dispose()
    {
        foreach (var file in files)
            file.Dispose();
        files.Clear();
    }
}
