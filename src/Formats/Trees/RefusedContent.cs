namespace ImageBuilder.Formats.Trees;

/// <summary>A file that can be listed but not read, because of the way it is stored; reading it says why.</summary>
internal sealed class RefusedContent(long length, ImageException reason) : Content
{
    public override long Length => length;

    public override void Read(long offset, Span<byte> buffer) => throw new ImageException(reason.Kind, reason.Id, reason.Message);
}
