using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Formats.Iso9660;

/// <summary>A file of the image, under however many names: what Rock Ridge says of it, and where its bytes lie.</summary>
internal sealed class IsoInode(Node node, uint serial)
{
    /// <summary>The most that one section can hold: the last whole block below 4 GiB (ECMA-119 9.1.4, 7.3).</summary>
    public const uint MaxSectionSize = 0xFFFFF800;

    public Node Node { get; } = node;

    /// <summary>RRIP 4.1.1 "serial number": the same for all names of one file.</summary>
    public uint Serial { get; } = serial;

    /// <summary>Names of a file; for a directory 2 and one for each subdirectory.</summary>
    public uint Links { get; set; }

    /// <summary>The bytes of a regular file; a boot image's once patched.</summary>
    public Content Content { get; set; } = node.Kind == NodeKind.File ? node.Content : Content.Empty;

    /// <summary>First block of the bytes; block 0 when there are none.</summary>
    public Block Start { get; set; }

    /// <summary>The bytes as directory records state them: one section, or several from 4 GiB on.</summary>
    public IEnumerable<(Block Start, uint Size, bool Last)> Sections()
    {
        var length = Content.Length;
        for (long done = 0; ; done += MaxSectionSize)
        {
            var size = (uint)Math.Min(MaxSectionSize, length - done);
            var last = done + size == length;
            yield return (Start + Block.CountFor(done), size, last);
            if (last)
                break;
        }
    }

    /// <summary>How many sections there are.</summary>
    public int SectionCount => (int)Math.Max(1, (Content.Length + MaxSectionSize - 1) / MaxSectionSize);
}
