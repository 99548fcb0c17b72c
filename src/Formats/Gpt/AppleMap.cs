using System.Buffers.Binary;
using System.Text;
using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Formats.Gpt;

/// <summary>
/// An Apple partition map (Inside Macintosh: Devices, chapter 3), as read: Macs start hybrid images by it. Block 0 begins with "ER" and the size of a
/// block, which is harmless x86 code, so that an MBR may lie there too; each block from 1 on is an entry, and all say how many there are. Big-endian.
/// </summary>
/// <param name="BlockSize">Bytes per block.</param>
/// <param name="Partitions">The entries, the map's own among them, as far as they are right.</param>
/// <param name="Fault">What is wrong with the map; null for nothing.</param>
public sealed record AppleMap(int BlockSize, IReadOnlyList<DiskPartition> Partitions, string? Fault)
{
    /// <summary>Bytes of an entry that mean something; the rest of its block may belong to another table.</summary>
    public const int EntrySize = 512;

    private const ushort DriverSignature = 0x4552; // "ER"
    private const ushort EntrySignature = 0x504D; // "PM"
    private const int NameLength = 32;
    private const int MaxEntries = 256; // as many as Linux takes

    /// <summary>First byte of an entry.</summary>
    /// <param name="number">Its number, from 1.</param>
    public long EntryOffset(int number) => (long)number * BlockSize;

    /// <summary>Reads the map; null when the disk has none.</summary>
    public static AppleMap? Read(Content disk)
    {
        var head = new byte[4];
        if (disk.Length < head.Length)
            return null;
        disk.Read(0, head);
        int blockSize = BinaryPrimitives.ReadUInt16BigEndian(head.AsSpan(2));
        if (BinaryPrimitives.ReadUInt16BigEndian(head) != DriverSignature || blockSize is not (512 or 1024 or 2048 or 4096) || !TryRead(disk, blockSize, 1, out var first))
            return null; // isohybrid's boot code begins with "ER" even where no map follows
        if (first.Count > MaxEntries)
            return new AppleMap(blockSize, [], $"the Apple partition map says that it has {first.Count} entries; at most {MaxEntries} are read");
        var partitions = new List<DiskPartition>();
        for (var number = 1; number <= first.Count; number++)
        {
            var at = (long)number * blockSize;
            if (!TryRead(disk, blockSize, number, out var entry))
                return new AppleMap(blockSize, partitions, $"byte {at}: the Apple partition map has {first.Count} entries, and there is none where number {number} belongs");
            if (entry.Offset >= disk.Length)
                return new AppleMap(blockSize, partitions, $"byte {at}: partition {number} of the Apple partition map begins at byte {entry.Offset}, the disk has only {disk.Length}");
            partitions.Add(new DiskPartition(number, entry.Offset, Math.Min(entry.Length, disk.Length - entry.Offset), entry.Type, entry.Name));
        }
        return new AppleMap(blockSize, partitions, null);
    }

    private static bool TryRead(Content disk, int blockSize, int number, out (uint Count, long Offset, long Length, string Name, string Type) entry)
    {
        entry = default;
        var at = (long)number * blockSize;
        if (at > disk.Length - EntrySize)
            return false;
        var bytes = new byte[EntrySize];
        disk.Read(at, bytes);
        var record = new RecordReader(bytes);
        if (record.U16BigEndian() != EntrySignature)
            return false;
        record.Skip(2);
        entry = (record.U32BigEndian(), record.U32BigEndian() * (long)blockSize, record.U32BigEndian() * (long)blockSize, Text(record.Bytes(NameLength)), Text(record.Bytes(NameLength)));
        return true;
    }

    private static string Text(ReadOnlySpan<byte> field)
    {
        var end = field.IndexOf((byte)0);
        return Encoding.Latin1.GetString(end < 0 ? field : field[..end]);
    }
}
