namespace ImageBuilder.Agent.Repositories;

/// <summary>Where updates come from. What it gives is not believed: every byte is checked against a digest or a signature by who asks.</summary>
internal interface IRepository : IDisposable
{
    /// <summary>What to call it in messages: the URL without secrets, or the path.</summary>
    string Name { get; }

    /// <summary>The OCI manifest of a channel, at most <see cref="Update.Repositories.RepositoryManifest.MaxLength"/> bytes.</summary>
    /// <exception cref="Formats.ImageException">IB6120: it cannot be reached (worth trying again); IB6121: it has no such channel, or is no repository.</exception>
    byte[] ReadManifest(string channel, CancellationToken cancel);

    /// <summary>A blob's bytes from an offset on. A server that knows no ranges gives it from the beginning: the result skips.</summary>
    /// <param name="sha256">Its digest, hexadecimal.</param>
    /// <param name="offset">The first byte that is wanted.</param>
    /// <param name="cancel">Stops waiting.</param>
    /// <exception cref="Formats.ImageException">IB6120: it cannot be reached, or the connection broke (the stream's reads throw it too); IB6122: it has no such blob.</exception>
    Stream OpenBlob(string sha256, long offset, CancellationToken cancel);
}
