using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Formats.Iso9660;

/// <summary>A run of bytes and what it belongs to.</summary>
/// <param name="Offset">First byte.</param>
/// <param name="Length">Length in bytes.</param>
/// <param name="What">The kind of structure.</param>
/// <param name="Place">Whose it is, if anyone's.</param>
/// <param name="Base">For a section of a file, where in the file it begins.</param>
internal readonly record struct IsoRegion(long Offset, long Length, string What, Place? Place = null, long Base = 0)
{
    public bool Contains(long offset) => offset >= Offset && offset - Offset < Length;

    /// <summary>"file /x, byte 5".</summary>
    public string Describe(long offset) => (Place is null ? What : $"{What} {Place}") + $", byte {Base + offset - Offset}";
}
