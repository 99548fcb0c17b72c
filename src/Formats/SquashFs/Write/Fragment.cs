namespace ImageBuilder.Formats.SquashFs;

/// <summary>A block shared by small files, and by the tails of larger ones.</summary>
internal sealed class Fragment : IStored
{
    /// <summary>Whose tails it holds, in order, without gaps.</summary>
    public List<FileData> Files { get; } = [];

    /// <summary>Uncompressed bytes.</summary>
    public int Length { get; private set; }

    /// <summary>Where it is, in bytes from the image's start.</summary>
    public long Start { get; set; }

    /// <summary>Size on disk, bit 24 set when not compressed.</summary>
    public uint SizeOnDisk { get; set; }

    /// <summary>Bytes on disk, once written.</summary>
    public long StoredLength => new DataBlockSize(SizeOnDisk).Stored;

    /// <summary>Stands in the previous image with these very files.</summary>
    public bool IsKept { get; set; }

    /// <summary>Gives it another number.</summary>
    public void MoveTo(uint index)
    {
        foreach (var file in Files)
            file.FragmentIndex = index;
    }

    /// <summary>Adds a file's tail.</summary>
    public void Add(FileData file, uint index)
    {
        file.FragmentIndex = index;
        file.FragmentOffset = Length;
        Files.Add(file);
        Length += file.TailLength;
    }
}
