using ImageBuilder.Update.Signatures;

namespace ImageBuilder.Update.Channels;

/// <summary>A key whose signatures count.</summary>
/// <param name="Key">The key.</param>
/// <param name="Expires">From this time on they do not, seconds since 1970; null for ever.</param>
public sealed record TrustedKey(PublicKey Key, long? Expires);
