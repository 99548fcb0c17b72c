namespace ImageBuilder.Formats.Gpt;

/// <summary>A master boot record as read.</summary>
/// <param name="DiskSignature">The 32-bit number that Linux makes PARTUUIDs of.</param>
/// <param name="HasBootCode">True when the first 440 bytes are not empty.</param>
/// <param name="Partitions">Entries that are in use, by number; logical partitions from 5 on.</param>
public sealed record MbrTable(uint DiskSignature, bool HasBootCode, IReadOnlyList<(int Number, MbrPartition Partition)> Partitions)
{
    /// <summary>True when an entry of type 0xEE says that the disk has a GPT.</summary>
    public bool IsProtective
    {
        get
        {
            foreach (var (_, partition) in Partitions)
                if (partition.Type == MbrType.GptProtective)
                    return true;
            return false;
        }
    }
}
