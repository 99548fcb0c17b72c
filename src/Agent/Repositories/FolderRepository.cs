using ImageBuilder.Linux;

namespace ImageBuilder.Agent.Repositories;

/// <summary>A layout in a folder, on a stick or a share.</summary>
internal sealed class FolderRepository(string folder) : LayoutRepository
{
    public override string Name { get; } = Path.GetFullPath(folder);

    public override void Dispose()
    {
    }

    protected override Stream? OpenFile(string path, long offset, CancellationToken cancel)
    {
        var full = Path.Combine(Name, path);
        try
        {
            // A pipe would keep the agent waiting for ever.
            if (!File.Exists(full) || FileStatus.IsPipe(full))
                return null;
            var file = new FileStream(full, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
            file.Position = Math.Min(offset, file.Length);
            return new LocalStream(file, full);
        }
        catch (FileNotFoundException)
        {
            return null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new TransientException($"{full} cannot be opened: {error.Message}", inner: error);
        }
    }
}
