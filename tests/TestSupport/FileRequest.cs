using System.Globalization;

namespace ImageBuilder.TestSupport;

/// <summary>What a client asked a <see cref="FileServer"/>.</summary>
/// <param name="Method">GET, usually.</param>
/// <param name="Path">As it was sent, with what stands behind '?'.</param>
/// <param name="Headers">The last of each name.</param>
/// <param name="Body">What was posted.</param>
public sealed record FileRequest(string Method, string Path, IReadOnlyDictionary<string, string> Headers, byte[] Body)
{
    /// <summary>Of a request for a range: its first byte.</summary>
    public long? Offset => Headers.TryGetValue("Range", out var range) ? long.Parse(range["bytes=".Length..].TrimEnd('-'), CultureInfo.InvariantCulture) : null;

    /// <summary>A header; null when it was not sent.</summary>
    public string? this[string name] => Headers.GetValueOrDefault(name);
}
