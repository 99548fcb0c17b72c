using System.Buffers.Binary;
using ImageBuilder.Formats;
using ImageBuilder.Formats.Gpt;
using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Fuzz.Tests.Readers;

/// <summary>Partition tables: GPT with its two copies, MBR with logical partitions, and the Apple partition map.</summary>
internal static class DiskTarget
{
    private const int Sectors = 300;

    public static FuzzTarget Target { get; } = new()
    {
        Name = "gpt and mbr",
        Seeds = () => [Gpt(512), Gpt(4096), Mbr(), Apple(), .. Samples.Foreign("truncate -s 300K ../out && printf 'label: dos\\n2048,50,c\\n100,200,5\\n110,20\\n140,20\\n' | sfdisk --force ../out")],
        Mutate = (bytes, random) =>
        {
            // Entries and headers of both ends, the MBR's table, and the block size of an Apple partition map, whose entries lie where the GPT's header does.
            var sector = bytes.Length / Sectors is 4096 ? 4096 : 512;
            var start = random.Next(5) switch { 0 => 446, 1 => bytes.Length - sector, 2 => 0, _ => sector };
            var part = bytes[start..Math.Min(bytes.Length, start + (random.Next(2) == 0 ? 96 : 3 * sector))];
            ByteMutator.Mutate([.. part], random, 8).CopyTo(bytes, start);
            return bytes;
        },
        Repair = bytes =>
        {
            foreach (var size in (int[])[512, 4096])
                foreach (var at in (int[])[size, bytes.Length - size])
                    Repair(bytes, at, size);
        },
        FirstCheck = ["IB2307"],
        Sources = ["Formats/Gpt/GptReader.cs", "Formats/Gpt/Mbr.Read.cs", "Formats/Gpt/DiskTables.cs", "Formats/Gpt/AppleMap.cs"],
        Read = bytes =>
        {
            var tables = DiskTables.Read(Content.From(bytes));
            _ = tables?.Structures.Count();
        },
    };

    private static void Repair(byte[] bytes, int at, int sectorSize)
    {
        const int headerCrc = 16, entriesLba = 72, entryCount = 80, entrySize = 84, entriesCrc = 88, headerSize = 92;
        var header = bytes.AsSpan(at, sectorSize);
        if (!header.StartsWith("EFI PART"u8))
            return;
        var (start, length) = ((long)BinaryPrimitives.ReadUInt64LittleEndian(header[entriesLba..]) * sectorSize,
            (long)BinaryPrimitives.ReadUInt32LittleEndian(header[entryCount..]) * BinaryPrimitives.ReadUInt32LittleEndian(header[entrySize..]));
        if (start >= 0 && length is >= 0 and < 1 << 20 && start <= bytes.Length - length)
            BinaryPrimitives.WriteUInt32LittleEndian(header[entriesCrc..], Crc32.Of(bytes.AsSpan((int)start, (int)length)));
        header.Slice(headerCrc, sizeof(uint)).Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(header[headerCrc..], Crc32.Of(header[..headerSize]));
    }

    private static byte[] Gpt(int sectorSize)
    {
        var table = GptTable.Layout(new GptOptions { DiskGuid = new Guid(1, 2, 3, [4, 5, 6, 7, 8, 9, 10, 11]), TotalSectors = Sectors, SectorSize = sectorSize },
            [new GptPartition(GptType.EfiSystem, new Guid(2, 2, 3, [4, 5, 6, 7, 8, 9, 10, 11]), 100, 149, "EFI", default), new GptPartition(GptType.LinuxFileSystem, new Guid(3, 2, 3, [4, 5, 6, 7, 8, 9, 10, 11]), 150, 199, "root", default)]);
        var disk = new byte[Sectors * sectorSize];
        Formats.Gpt.Mbr.Write([], 7, [Formats.Gpt.Mbr.Protective(Sectors)]).CopyTo(disk, 0);
        table.WritePrimary().CopyTo(disk, sectorSize);
        table.WriteBackup().CopyTo(disk, (int)table.BackupLba * sectorSize);
        return disk;
    }

    private static byte[] Mbr()
    {
        var disk = new byte[Sectors * 512];
        Formats.Gpt.Mbr.Write([], 7, [new MbrPartition(0x0C, 10, 50), new MbrPartition(0x83, 60, 100)]).CopyTo(disk, 0);
        return disk;
    }

    private static byte[] Apple()
    {
        var disk = Mbr();
        byte[] head = [(byte)'E', (byte)'R', 2, 0]; // blocks of 512 bytes
        head.CopyTo(disk, 0);
        for (var entry = 1; entry <= 3; entry++)
        {
            "PM"u8.CopyTo(disk.AsSpan(entry * 512));
            disk[entry * 512 + 7] = 3; // entries
            disk[entry * 512 + 11] = (byte)(entry * 10); // first block
            disk[entry * 512 + 15] = 10; // blocks
            "Apple_HFS"u8.CopyTo(disk.AsSpan(entry * 512 + 48));
        }
        return disk;
    }
}
