using ImageBuilder.Update.Signatures;

namespace ImageBuilder.Update.Channels;

/// <summary>A document as it was fetched, with the signatures that came with it: nothing is known of it yet.</summary>
/// <param name="Bytes">Exactly what was signed.</param>
/// <param name="Signatures">In any order.</param>
public sealed record SignedBytes(byte[] Bytes, IReadOnlyList<Signature> Signatures);
