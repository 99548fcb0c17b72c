using ImageBuilder.Formats;
using ImageBuilder.Update.Stacks;

namespace ImageBuilder.Update.Channels;

/// <summary>How far a device has followed a channel: whom it believes, and the newest document that it has accepted.</summary>
/// <param name="Channel">The channel's name.</param>
/// <param name="Trust">The keys that are trusted now.</param>
/// <param name="KeysSequence">The sequence of the document that named them; 0 while they are the image's own.</param>
/// <param name="Newest">The newest document that was accepted; null when none was.</param>
public sealed record ChannelProgress(string Channel, ChannelTrust Trust, ulong KeysSequence, ChannelDocument? Newest)
{
    /// <summary>Earlier documents with keys that are looked at most: more have no place in a repository.</summary>
    public const int MaxKeyDocuments = 64;

    /// <summary>
    /// Follows a channel from here to the document that a repository has now: first over the documents that named keys meanwhile, one by one, then to the
    /// document itself. That a document with keys on the way has expired does not matter: a device may have slept. Its signers' keys must not have.
    /// </summary>
    /// <param name="keyDocuments">The earlier documents that name keys, in any order; what this device has accepted already is passed over.</param>
    /// <param name="current">The channel document.</param>
    /// <param name="now">Seconds since 1970, not before the newest signed time that was seen.</param>
    /// <returns>The progress, with the document as <see cref="Newest"/>; and the documents with keys that led there, in their order, the current one among them when it names keys.</returns>
    /// <exception cref="ImageException">
    /// IB6040 to IB6043, see <see cref="ChannelTrust.Accept"/>. IB6044: another channel's document. IB6047: a lower sequence than was accepted, or another document with the same one.
    /// IB6048: expired.
    /// </exception>
    public (ChannelProgress Progress, IReadOnlyList<SignedBytes> Keys) Follow(IReadOnlyList<SignedBytes> keyDocuments, SignedBytes current, long now)
    {
        var progress = this;
        var walked = new List<SignedBytes>();
        // Which one comes next is known only by its content, and that is looked at only when its signatures are right: whoever signs the next one is trusted now.
        for (var left = keyDocuments.Take(MaxKeyDocuments).ToList(); left.Count > 0;)
        {
            (SignedBytes Signed, ChannelDocument Document)? next = null;
            foreach (var signed in left)
                if (progress.TryAccept(signed, now) is { Keys: not null } document && document.Channel == Channel
                    && document.Sequence > progress.KeysSequence && (next is null || document.Sequence < next.Value.Document.Sequence))
                    next = (signed, document);
            if (next is not var (chosen, accepted))
                break;
            progress = progress with { Trust = progress.Trust.After(accepted), KeysSequence = accepted.Sequence };
            walked.Add(chosen);
            left.Remove(chosen);
        }
        // What was accepted before may be signed by keys that it has replaced itself.
        var isKnown = Newest is not null && current.Bytes.AsSpan().SequenceEqual(Newest.ToBytes()) || walked.Any(signed => signed.Bytes.AsSpan().SequenceEqual(current.Bytes));
        var newest = isKnown ? ChannelDocument.Parse(current.Bytes) : progress.Trust.Accept(current.Bytes, current.Signatures, now);
        Check(newest, current, progress.KeysSequence, now);
        if (newest.Keys is null || newest.Sequence == progress.KeysSequence)
            return (progress with { Newest = newest }, walked);
        return (progress with { Newest = newest, Trust = progress.Trust.After(newest), KeysSequence = newest.Sequence }, [.. walked, current]);
    }

    /// <summary>Reads the stack manifest that <see cref="Newest"/> names. The name is its digest, so the document's signatures cover it.</summary>
    /// <exception cref="ImageException">IB6049: it is another stack's. IB6001: no stack manifest.</exception>
    public StackManifest ReadStack(byte[] manifest)
    {
        var expected = Newest?.Stack ?? throw new InvalidOperationException("no channel document was accepted");
        var found = StackManifest.IdOf(manifest);
        return found == expected ? StackManifest.Parse(manifest)
            : throw new ImageException(ImageErrorKind.Corrupt, "IB6049", $"stack manifest: its digest is {found}; the channel document names {expected}");
    }

    /// <summary>Whether what <see cref="Follow"/> has thrown is about the time alone: signed by whom is trusted, and older than what was seen, or expired.</summary>
    public static bool IsOutOfDate(ImageException error) => error.Id is "IB6047" or "IB6048";

    private ChannelDocument? TryAccept(SignedBytes signed, long now)
    {
        try
        {
            return Trust.Accept(signed.Bytes, signed.Signatures, now);
        }
        catch (ImageException)
        {
            return null; // by keys of another time, or damaged: the current document tells whether it was needed
        }
    }

    private void Check(ChannelDocument document, SignedBytes signed, ulong keysSequence, long now)
    {
        if (document.Channel != Channel)
            throw new ImageException(ImageErrorKind.Corrupt, "IB6044", $"channel document: it is of the channel '{document.Channel}'; '{Channel}' was asked for");
        if (document.Sequence < keysSequence)
            throw Older(document, keysSequence, "the document that names the trusted keys has");
        if (Newest is { } seen && document.Sequence < seen.Sequence)
            throw Older(document, seen.Sequence, "one was accepted here with");
        if (Newest is { } same && document.Sequence == same.Sequence && !same.ToBytes().AsSpan().SequenceEqual(signed.Bytes))
            throw new ImageException(ImageErrorKind.Corrupt, "IB6047", $"channel document: it has the sequence {document.Sequence} of one that was accepted here, and says something else; publish again");
        if (document.Expires <= now)
            throw new ImageException(ImageErrorKind.Corrupt, "IB6048", $"channel document: it expired at {UtcTime.Format(document.Expires)}, and it is {UtcTime.Format(Math.Clamp(now, 0, UtcTime.Latest))}; `imagebuilder publish --renew` renews it, if it is not this clock that is wrong");
    }

    private static ImageException Older(ChannelDocument document, ulong sequence, string what) =>
        new(ImageErrorKind.Corrupt, "IB6047", $"channel document: its sequence is {document.Sequence}, and {what} {sequence}: it is an older one");
}
