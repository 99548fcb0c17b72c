using ImageBuilder.Formats;
using ImageBuilder.Update.Repositories;

namespace ImageBuilder.Agent.Repositories;

/// <summary>A repository as files: an OCI image layout (OCI image specification 1.1, image-layout.md).</summary>
internal abstract class LayoutRepository : IRepository
{
    /// <summary>Bytes of index.json that are read at most: some ten thousand channels.</summary>
    private const int MaxIndex = 4 << 20;

    private const string Index = "index.json";

    public abstract string Name { get; }

    public byte[] ReadManifest(string channel, CancellationToken cancel)
    {
        byte[] index;
        using (var stream = OpenFile(Index, 0, cancel) ?? throw new ImageException(ImageErrorKind.Io, "IB6121", $"{Name} is no repository: it has no {Index}; expected what `imagebuilder publish` writes"))
            index = RepositoryReading.ReadAll(stream, MaxIndex, $"{Index} of {Name}");
        var manifest = RepositoryManifest.FindInIndex(index, channel)
            ?? throw new ImageException(ImageErrorKind.Io, "IB6121", $"{Name} has no channel '{channel}'");
        if (manifest.Size > RepositoryManifest.MaxLength)
            throw new ImageException(ImageErrorKind.LimitExceeded, "IB6123", $"the manifest of channel '{channel}' in {Name} has {manifest.Size} bytes; at most {RepositoryManifest.MaxLength} are read");
        return this.ReadBlob(manifest, cancel);
    }

    public Stream OpenBlob(string sha256, long offset, CancellationToken cancel) =>
        OpenFile($"blobs/sha256/{sha256}", offset, cancel) ?? throw RepositoryReading.NoSuchBlob(Name, sha256);

    public abstract void Dispose();

    /// <summary>A file from a byte on; null when it is not there.</summary>
    /// <param name="path">Relative to the layout.</param>
    /// <param name="offset">The first byte; past the end gives an empty stream.</param>
    /// <param name="cancel">Stops waiting.</param>
    protected abstract Stream? OpenFile(string path, long offset, CancellationToken cancel);
}
