namespace ImageBuilder.Formats.SquashFs;

/// <summary>Something that takes one run of bytes among the data of an image: all blocks of a file, or a fragment.</summary>
internal interface IStored
{
    /// <summary>Where it begins, in bytes from the image's start.</summary>
    long Start { get; set; }

    /// <summary>Bytes on disk.</summary>
    long StoredLength { get; }

    /// <summary>Stands in the previous image with these very bytes, and is copied from there.</summary>
    bool IsKept { get; }
}
