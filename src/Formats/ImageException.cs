namespace ImageBuilder.Formats;

/// <summary>What kind of trouble an <see cref="ImageException"/> reports.</summary>
public enum ImageErrorKind
{
    /// <summary>The data breaks its format's rules.</summary>
    Corrupt,

    /// <summary>The data or request is legal, but this program or format cannot express it.</summary>
    Unsupported,

    /// <summary>A limit of the format, the spec or the machine was passed.</summary>
    LimitExceeded,

    /// <summary>Reading or writing failed.</summary>
    Io,

    /// <summary>The user's spec is wrong.</summary>
    Spec,
}

/// <summary>
/// The one error that libraries throw for expected trouble. The message says what, where, what was found and expected, and the
/// way out; the id is stable so that tests and users can look for it.
/// </summary>
public class ImageException(ImageErrorKind kind, string id, string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>The kind of trouble.</summary>
    public ImageErrorKind Kind { get; } = kind;

    /// <summary>The stable id, "IB" and four digits. 1xxx spec, 2xxx formats, 3xxx sources, 4xxx layers, 5xxx images, 6xxx boot and vm.</summary>
    public string Id { get; } = id;

    /// <summary>The byte of the image that the message speaks of; null when it is not about one.</summary>
    public long? Offset { get; init; }
}
