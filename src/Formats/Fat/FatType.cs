namespace ImageBuilder.Formats.Fat;

/// <summary>The width of a FAT entry in bits. It follows from the number of clusters alone (fatgen103, "FAT Type Determination").</summary>
public enum FatType
{
    /// <summary>1 to 4,084 clusters.</summary>
    Fat12 = 12,

    /// <summary>4,085 to 65,524 clusters.</summary>
    Fat16 = 16,

    /// <summary>65,525 clusters and more.</summary>
    Fat32 = 32,
}
