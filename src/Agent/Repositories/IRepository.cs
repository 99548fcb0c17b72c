using ImageBuilder.Formats;

namespace ImageBuilder.Agent.Repositories;

/// <summary>Where updates come from. What it gives is not believed: every byte is checked against a digest or a signature by who asks.</summary>
/// <remarks><see cref="RepositoryReading"/> has what most callers want: a small blob, checked; a large one, piece by piece.</remarks>
internal interface IRepository : IDisposable
{
    /// <summary>What to call it in messages: the URL without secrets, or the path.</summary>
    string Name { get; }

    /// <summary>The OCI manifest of a channel, at most <see cref="Update.Repositories.RepositoryManifest.MaxLength"/> bytes.</summary>
    /// <exception cref="TransientException">IB6120: it cannot be reached, or the connection broke (worth trying again).</exception>
    /// <exception cref="ImageException">IB6121: it has no such channel, or is no repository; IB6123 too long; IB6124 access refused; IB6125 TLS; IB6126 an address that is not followed.</exception>
    byte[] ReadManifest(string channel, CancellationToken cancel);

    /// <summary>A blob's bytes from an offset on. A server that knows no ranges gives it from the beginning: the result skips. It may end early, or go on for ever.</summary>
    /// <param name="sha256">Its digest, hexadecimal.</param>
    /// <param name="offset">The first byte that is wanted.</param>
    /// <param name="cancel">Stops waiting, also in the stream's reads.</param>
    /// <exception cref="TransientException">IB6120: it cannot be reached, or the connection broke (the stream's reads throw it too).</exception>
    /// <exception cref="ImageException">IB6122: it has no such blob; IB6124, IB6125, IB6126 as above.</exception>
    Stream OpenBlob(string sha256, long offset, CancellationToken cancel);
}
