using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;

namespace ImageBuilder.Linux.Blocks;

/// <summary>Reads the identifiers of partitions, as the kernel and blkid(8) call them: PARTUUID.</summary>
public static class PartitionTable
{
    private const int DiskSignature = 440, BootSignature = 510, FirstType = 450;
    private const byte Protective = 0xee;
    private const int EntriesLba = 72, EntryCount = 80, EntryLength = 84, HeaderLength = 92, UniqueGuid = 16;
    private const int MostEntries = 1024, LongestEntry = 4096;
    private const long MostSectors = 1L << 48; // far more than any disk has, and no product below overflows

    /// <summary>
    /// The identifier of a partition: of GPT the unique partition GUID (UEFI §5.3.3), of MBR the disk's signature and the number.
    /// Null when the table has none.
    /// </summary>
    /// <param name="disk">The whole disk.</param>
    /// <param name="sectorLength">The disk's logical sector, in bytes.</param>
    /// <param name="number">The partition's number, from 1.</param>
    /// <param name="length">The disk's length, in bytes: at its end is the backup of a GPT whose beginning is damaged. Null: it is not looked at.</param>
    /// <exception cref="IOException">The disk cannot be read.</exception>
    public static string? PartitionUuid(SafeFileHandle disk, int sectorLength, int number, long? length = null)
    {
        Span<byte> header = stackalloc byte[HeaderLength];
        if (IsHeader(disk, sectorLength, header))
            return Gpt(disk, header, sectorLength, number);
        Span<byte> mbr = stackalloc byte[512];
        if (FileSystemProbe.ReadAt(disk, 0, mbr) < mbr.Length || mbr[BootSignature] != 0x55 || mbr[BootSignature + 1] != 0xaa)
            return null;
        if (mbr[FirstType] == Protective && length is { } bytes && IsHeader(disk, bytes - sectorLength, header))
            return Gpt(disk, header, sectorLength, number);
        var signature = BinaryPrimitives.ReadUInt32LittleEndian(mbr[DiskSignature..]);
        return signature == 0 ? null : $"{signature:x8}-{number:x2}";
    }

    private static bool IsHeader(SafeFileHandle disk, long offset, Span<byte> header) =>
        offset > 0 && FileSystemProbe.ReadAt(disk, offset, header) == HeaderLength && header.StartsWith("EFI PART"u8);

    private static string? Gpt(SafeFileHandle disk, ReadOnlySpan<byte> header, int sectorLength, int number)
    {
        var entries = BinaryPrimitives.ReadInt64LittleEndian(header[EntriesLba..]);
        var count = BinaryPrimitives.ReadUInt32LittleEndian(header[EntryCount..]);
        var length = BinaryPrimitives.ReadUInt32LittleEndian(header[EntryLength..]);
        if (number < 1 || number > Math.Min(count, MostEntries) || length is < 128 or > LongestEntry || entries is < 2 or > MostSectors)
            return null;
        Span<byte> guid = stackalloc byte[16];
        var at = (entries * sectorLength) + ((number - 1) * (long)length) + UniqueGuid;
        if (FileSystemProbe.ReadAt(disk, at, guid) < guid.Length || !guid.ContainsAnyExcept((byte)0))
            return null;
        return new Guid(guid).ToString("D"); // first three fields little-endian, as Guid has them
    }
}
