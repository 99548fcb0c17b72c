namespace ImageBuilder.Formats.SquashFs;

/// <summary>A block shared by small files, and by the tails of larger ones.</summary>
internal sealed class Fragment
{
    /// <summary>Whose tails it holds, in order, without gaps.</summary>
    public List<FileData> Files { get; } = [];

    /// <summary>Uncompressed bytes.</summary>
    public int Length { get; private set; }

    /// <summary>Where it is, in bytes from the image's start.</summary>
    public long Start { get; set; }

    /// <summary>Size on disk, bit 24 set when not compressed.</summary>
    public uint SizeOnDisk { get; set; }

    /// <summary>Adds a file's tail.</summary>
    public void Add(FileData file, uint index)
    {
        file.FragmentIndex = index;
        file.FragmentOffset = Length;
        Files.Add(file);
        Length += file.TailLength;
    }
}
