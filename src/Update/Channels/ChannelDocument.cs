using ImageBuilder.Update.Stacks;

namespace ImageBuilder.Update.Channels;

/// <summary>
/// What a channel offers now: a signed pointer to a stack. Its bytes are canonical JSON, as those of <see cref="StackManifest"/>. Renewing it does not change the stack.
/// </summary>
public sealed record ChannelDocument
{
    /// <summary>The version of the format.</summary>
    public const int Schema = 1;

    /// <summary>Bytes that are read at most.</summary>
    public const int MaxLength = 64 << 10;

    /// <summary>The channel's name, such as "stable".</summary>
    public required string Channel { get; init; }

    /// <summary>Rises with every document of a channel; a lower one than was seen is refused.</summary>
    public required ulong Sequence { get; init; }

    /// <summary>What to install.</summary>
    public required StackId Stack { get; init; }

    /// <summary>Stacks with the same content: a device that runs one of them is up to date.</summary>
    public IReadOnlyList<StackId> Same { get; init; } = [];

    /// <summary>The share of devices that install it, 0 to 100.</summary>
    public int Rollout { get; init; } = 100;

    /// <summary>When it was made, seconds since 1970.</summary>
    public required long Created { get; init; }

    /// <summary>After this nothing is installed from it, seconds since 1970.</summary>
    public required long Expires { get; init; }

    /// <summary>The keys that are trusted from now on, all of them; null when they stay as they are.</summary>
    public IReadOnlyList<TrustedKey>? Keys { get; init; }

    /// <summary>With <see cref="Keys"/>: how many of them must sign the next document that names keys.</summary>
    public int Threshold { get; init; } = 1;

    /// <summary>The canonical bytes.</summary>
    public byte[] ToBytes() => throw new NotSupportedException();

    /// <summary>Reads a document, and takes only canonical bytes.</summary>
    /// <exception cref="Formats.ImageException">IB6030: not a channel document, or not canonical.</exception>
    public static ChannelDocument Parse(ReadOnlySpan<byte> bytes) => throw new NotSupportedException();
}
