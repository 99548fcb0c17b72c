using ImageBuilder.Formats;
using ImageBuilder.Formats.Trees;
using ImageBuilder.Linux;
using ImageBuilder.Pipeline.Running;
using ImageBuilder.Pipeline.Sources;
using ImageBuilder.Update.Repositories;
using ImageBuilder.Update.Stacks;

namespace ImageBuilder.Pipeline.Repositories;

/// <summary>
/// A repository on disk: an OCI image layout (OCI image specification 1.1, image-layout.md). Blobs get their name when they are whole and on the disk,
/// and index.json, which is replaced by a rename, names them only then: a cut leaves the old state.
/// </summary>
internal sealed class RepositoryFolder : IDisposable
{
    public const string LayoutName = "oci-layout";

    /// <summary>Blobs that are being written begin with this.</summary>
    public const string TemporaryPrefix = ".new-";

    private const string LayoutText = """{"imageLayoutVersion":"1.0.0"}""";
    private const string BlobsName = "blobs/sha256";
    private const string ReplacementSuffix = ".new";
    private const int MaxIndex = RepositoryManifest.MaxLength;

    // What a first publication that was cut may have left.
    private static readonly string[] OfFirstPublication = ["blobs", LayoutName + ReplacementSuffix, RepositoryIndex.FileName + ReplacementSuffix];
    private readonly OpenFiles files = new();
    private readonly FolderLock? held;
    private int temporaries;

    private RepositoryFolder(string path, FolderLock? held) => (Path, this.held) = (path, held);

    public string Path { get; }

    /// <summary>The folder with the blobs.</summary>
    public string Blobs => System.IO.Path.Combine(Path, BlobsName);

    /// <summary>The manifest of each channel.</summary>
    public SortedDictionary<string, StackBlob> Channels { get; private set; } = new(StringComparer.Ordinal);

    /// <summary>Whether a folder is meant as a repository.</summary>
    public static bool IsRepository(string path) => File.Exists(System.IO.Path.Combine(path, LayoutName)) || File.Exists(System.IO.Path.Combine(path, RepositoryIndex.FileName));

    /// <summary>Opens a repository to read it.</summary>
    /// <exception cref="ImageException">IB7211: no repository. IB7212: it cannot be read.</exception>
    public static RepositoryFolder Open(string path)
    {
        if (!IsRepository(path))
            throw new ImageException(ImageErrorKind.Spec, "IB7211", $"{path} is no repository: it has no {LayoutName} and no {RepositoryIndex.FileName}; `imagebuilder publish` makes one");
        var repository = new RepositoryFolder(path, null);
        repository.ReadIndex();
        return repository;
    }

    /// <summary>Opens a repository to change it, once nobody else does; makes it when it is missing.</summary>
    /// <exception cref="ImageException">IB7211: the folder holds something else. IB7212: it cannot be read or written.</exception>
    public static RepositoryFolder OpenToChange(string path, CancellationToken cancel)
    {
        try
        {
            if (Directory.Exists(path) && !IsRepository(path) && Directory.EnumerateFileSystemEntries(path).Any(entry => !OfFirstPublication.Contains(System.IO.Path.GetFileName(entry))))
                throw new ImageException(ImageErrorKind.Spec, "IB7211", $"{path} is no repository, and not empty; name a new folder, or the one of earlier publications");
            Directory.CreateDirectory(System.IO.Path.Combine(path, BlobsName));
            var repository = new RepositoryFolder(path, FolderLock.Take(path, cancel));
            foreach (var left in Directory.EnumerateFiles(repository.Blobs, TemporaryPrefix + "*"))
                File.Delete(left);
            if (IsRepository(path))
                repository.ReadIndex();
            return repository;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw NotWritten(path, error);
        }
    }

    /// <summary>The path of a blob.</summary>
    public string PathOf(StackBlob blob) => System.IO.Path.Combine(Blobs, blob.Sha256);

    /// <summary>A small blob, its digest checked.</summary>
    /// <exception cref="ImageException">IB7212: it is missing or damaged.</exception>
    public byte[] Read(StackBlob blob, int limit)
    {
        if (blob.Size > limit)
            throw Damaged(blob, $"it has {blob.Size} bytes; at most {limit} are read");
        return Open(blob).ToArray();
    }

    /// <summary>A blob as content, open until the end; its digest is checked first.</summary>
    /// <exception cref="ImageException">IB7212: it is missing or damaged.</exception>
    public Content Open(StackBlob blob)
    {
        if (!File.Exists(PathOf(blob)))
            throw Damaged(blob, "it is missing");
        var content = files.Open(PathOf(blob));
        return DigestOf(content) == blob ? content : throw Damaged(blob, $"its content is another, of {content.Length} bytes");
    }

    /// <summary>Adds a small blob.</summary>
    public StackBlob Add(byte[] bytes) => Add(Content.From(bytes), null);

    /// <summary>Adds a blob; one that is there already stays.</summary>
    /// <param name="content">Its bytes.</param>
    /// <param name="expected">What it has to be; null when nobody has said.</param>
    /// <exception cref="ImageException">IB7219: it is not what was expected. IB7221: it cannot be written.</exception>
    public StackBlob Add(Content content, StackBlob? expected)
    {
        if (expected is not null && new FileInfo(PathOf(expected)) is { Exists: true } there && there.Length == expected.Size)
            return expected;
        var temporary = NewFile();
        using (var input = content.OpenRead())
        using (var output = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1 << 20))
            input.CopyTo(output, 1 << 20);
        return AddFile(temporary, expected);
    }

    /// <summary>A name for a file that <see cref="AddFile"/> will make a blob.</summary>
    public string NewFile() => System.IO.Path.Combine(Blobs, $"{TemporaryPrefix}{temporaries++}");

    /// <summary>Makes a blob of a file in the folder of blobs, or deletes the file when there is such a blob.</summary>
    public StackBlob AddFile(string temporary, StackBlob? expected = null)
    {
        using (var file = File.OpenHandle(temporary, FileMode.Open, FileAccess.ReadWrite))
        {
            var found = DigestOf(Content.From(file, 0, RandomAccess.GetLength(file), temporary));
            if (expected is not null && found != expected)
                throw new ImageException(ImageErrorKind.Corrupt, "IB7219", $"a part of the image has the digest {found.Sha256} and {found.Size} bytes; its stack manifest says {expected.Sha256} and {expected.Size}: the image is damaged, build it again");
            RandomAccess.FlushToDisk(file);
            expected = found;
        }
        File.Move(temporary, PathOf(expected), overwrite: true);
        return expected;
    }

    /// <summary>Makes a manifest the one of a channel: from here on clients see it.</summary>
    public void Commit(string channel, StackBlob manifest)
    {
        Flush(Blobs);
        Channels[channel] = manifest;
        Replace(System.IO.Path.Combine(Path, RepositoryIndex.FileName), RepositoryIndex.Write(Channels));
        Flush(Path);
        // Second: a cut before it leaves what the next publication completes; a layout without an index would look like a repository that lost it.
        var layout = System.IO.Path.Combine(Path, LayoutName);
        if (File.Exists(layout))
            return;
        Replace(layout, System.Text.Encoding.ASCII.GetBytes(LayoutText));
        Flush(Path);
    }

    /// <summary>Deletes blobs that no manifest names.</summary>
    /// <returns>How many, and their bytes.</returns>
    public (int Count, long Bytes) Collect()
    {
        var named = Named();
        var (count, bytes) = (0, 0L);
        foreach (var file in new DirectoryInfo(Blobs).EnumerateFiles().Where(file => !named.Contains(file.Name)))
        {
            (count, bytes) = (count + 1, bytes + file.Length);
            file.Delete();
        }
        return (count, bytes);
    }

    /// <summary>The digests of all blobs that are needed.</summary>
    public HashSet<string> Named()
    {
        var named = new HashSet<string>(StringComparer.Ordinal) { RepositoryManifest.Empty.Sha256 };
        foreach (var manifest in Channels.Values)
        {
            named.Add(manifest.Sha256);
            named.UnionWith(RepositoryManifest.Parse(Read(manifest, RepositoryManifest.MaxLength)).Blobs.Select(blob => blob.Blob.Sha256));
        }
        return named;
    }

    /// <summary>Digest and size of a content.</summary>
    public static StackBlob DigestOf(Content content) => new(Sha256Digest.HexOf(content), content.Length);

    public void Dispose()
    {
        files.Dispose();
        held?.Dispose();
    }

    private void ReadIndex()
    {
        var path = System.IO.Path.Combine(Path, RepositoryIndex.FileName);
        try
        {
            var length = new FileInfo(path).Length;
            Channels = RepositoryIndex.Read(length <= MaxIndex ? File.ReadAllBytes(path) : throw new ImageException(ImageErrorKind.LimitExceeded, "IB7211", $"{path} has {length} bytes; at most {MaxIndex} are read"));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ImageException(ImageErrorKind.Io, "IB7212", $"{path} cannot be read: {error.Message}", error);
        }
    }

    private static void Replace(string path, byte[] bytes)
    {
        var temporary = path + ReplacementSuffix;
        using (var file = new FileStream(temporary, FileMode.Create, FileAccess.Write))
        {
            file.Write(bytes);
            file.Flush(flushToDisk: true);
        }
        File.Move(temporary, path, overwrite: true);
    }

    private static void Flush(string folder)
    {
        using var handle = Folder.Open(folder);
        RandomAccess.FlushToDisk(handle);
    }

    private ImageException Damaged(StackBlob blob, string what) => new(ImageErrorKind.Corrupt, "IB7212", $"{Path}: blob {blob.Sha256}: {what}; `imagebuilder verify {Path}` checks all of them");

    /// <summary>What a failed write of the repository is told as.</summary>
    public static ImageException NotWritten(string path, Exception error) =>
        new(ImageErrorKind.Io, "IB7221", $"{path} cannot be written: {error.Message.TrimEnd('.')}; what was published before stays", error);
}
