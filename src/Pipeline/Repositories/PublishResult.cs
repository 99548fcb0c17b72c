using ImageBuilder.Update.Channels;

namespace ImageBuilder.Pipeline.Repositories;

/// <summary>What a publication did.</summary>
/// <param name="Document">The channel document.</param>
/// <param name="Layers">Layers of the stack.</param>
/// <param name="Choice">What became of the stack, and why, in words.</param>
/// <param name="Download">Bytes of layers and boot set that a device of the channel's last stack downloads; 0 when only the document was renewed.</param>
/// <param name="Full">Bytes of the new image's own layers and boot set.</param>
/// <param name="Collected">Blobs that were deleted.</param>
/// <param name="CollectedBytes">Their bytes.</param>
public sealed record PublishResult(ChannelDocument Document, int Layers, string Choice, long Download, long Full, int Collected, long CollectedBytes);
