using ImageBuilder.Update.Signatures;

namespace ImageBuilder.Update.Channels;

/// <summary>The keys that a device or a publisher believes now, and what follows from them.</summary>
/// <param name="Keys">The keys.</param>
/// <param name="Threshold">How many of them must sign a document that names other keys.</param>
public sealed record ChannelTrust(IReadOnlyList<TrustedKey> Keys, int Threshold)
{
    /// <summary>Checks the signatures of a channel document and reads it. Nothing of the bytes is parsed before a signature was right.</summary>
    /// <param name="bytes">The document.</param>
    /// <param name="signatures">Signatures of it, in any order; those by other keys do not count.</param>
    /// <param name="now">Seconds since 1970: which keys have expired.</param>
    /// <exception cref="Formats.ImageException">IB6031: no signature by a trusted key; IB6032: all such keys have expired; IB6033: too few signatures for new keys.</exception>
    public ChannelDocument Accept(byte[] bytes, IReadOnlyList<Signature> signatures, long now) => throw new NotSupportedException();

    /// <summary>Checks that a stack manifest is signed by a trusted key.</summary>
    /// <exception cref="Formats.ImageException">IB6031, IB6032.</exception>
    public void RequireSigned(byte[] manifest, IReadOnlyList<Signature> signatures, long now) => throw new NotSupportedException();

    /// <summary>The trust after a document that was accepted.</summary>
    public ChannelTrust After(ChannelDocument document) => document.Keys is { } keys ? new ChannelTrust(keys, document.Threshold) : this;
}
