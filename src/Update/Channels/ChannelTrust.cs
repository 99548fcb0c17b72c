using ImageBuilder.Formats;
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
    /// <exception cref="ImageException">
    /// IB6041: no signature by a trusted key; IB6042: all such keys have expired; IB6043: too few signatures for new keys; IB6040: not a channel document.
    /// </exception>
    public ChannelDocument Accept(byte[] bytes, IReadOnlyList<Signature> signatures, long now)
    {
        var signers = Signers("channel document", bytes, signatures, now);
        var document = ChannelDocument.Parse(bytes);
        if (document.Keys is not null && signers < Threshold)
            throw new ImageException(ImageErrorKind.Corrupt, "IB6043", $"channel document: it names other keys, which {Threshold} of the trusted keys must sign; {signers} have");
        return document;
    }

    /// <summary>Checks that a document is signed by a trusted key.</summary>
    /// <param name="what">What it is, for the message.</param>
    /// <param name="document">Its bytes.</param>
    /// <param name="signatures">Signatures of it, in any order.</param>
    /// <param name="now">Seconds since 1970: which keys have expired.</param>
    /// <exception cref="ImageException">IB6041: no signature by a trusted key; IB6042: all such keys have expired.</exception>
    public void RequireSigned(string what, byte[] document, IReadOnlyList<Signature> signatures, long now) => Signers(what, document, signatures, now);

    /// <summary>The trust after a document that was accepted.</summary>
    public ChannelTrust After(ChannelDocument document) => document.Keys is { } keys ? new ChannelTrust(keys, document.Threshold) : this;

    /// <summary>How many different trusted keys have signed, at least one.</summary>
    private int Signers(string what, byte[] bytes, IReadOnlyList<Signature> signatures, long now)
    {
        var signers = new List<PublicKey>();
        KeyId? expired = null;
        foreach (var (key, expires) in Keys)
        {
            if (IsAmong(signers, key) || !IsSignedBy(key, bytes, signatures))
                continue;
            if (expires <= now)
                expired = key.Id;
            else
                signers.Add(key);
        }
        if (signers.Count > 0)
            return signers.Count;
        throw expired is { } id
            ? new ImageException(ImageErrorKind.Corrupt, "IB6042", $"{what}: it is signed by key {id}, which has expired; sign it with a key that is trusted, or set the clock")
            : new ImageException(ImageErrorKind.Corrupt, "IB6041", $"{what}: no trusted key has signed it; trusted: {Names()}; signed by: {(signatures.Count == 0 ? "none" : string.Join(", ", signatures.Select(signature => signature.Key.ToString())))}");
    }

    private string Names() => Keys.Count == 0 ? "none" : string.Join(", ", Keys.Select(key => key.Key.Id.ToString()));

    private static bool IsAmong(List<PublicKey> keys, PublicKey key)
    {
        foreach (var other in keys)
            if (other.Key.Span.SequenceEqual(key.Key.Span))
                return true;
        return false;
    }

    private static bool IsSignedBy(PublicKey key, byte[] bytes, IReadOnlyList<Signature> signatures)
    {
        foreach (var signature in signatures)
            if (signature.IsBy(key, bytes))
                return true;
        return false;
    }
}
