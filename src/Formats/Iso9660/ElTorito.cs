using System.Buffers.Binary;
using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Formats.Iso9660;

/// <summary>The El Torito boot catalog (specification 1.0, section 2; UEFI 2.10, 13.3.2.1), and the patches that boot images want.</summary>
internal static class ElTorito
{
    private const int EntrySize = 32;
    private const int PlatformBios = 0x00;
    private const int PlatformEfi = 0xEF;
    private const int Bootable = 0x88;
    private const int NoEmulation = 0;
    private const int LastHeader = 0x91;
    private const int BiosLoadSectors = 4; // one block of 2048 bytes
    private const int VirtualSector = 512;
    private const int ChecksumOffset = 28;
    private const int BootInfoOffset = 8;
    private const int BootInfoChecksumFrom = 64;
    private const int Grub2BootInfoOffset = 2548; // in diskboot.img, which follows the 2048 bytes of cdboot.img
    private const int SectorsPerBlock = Block.Size / VirtualSector;

    /// <summary>Checks what can be known before anything is placed.</summary>
    /// <exception cref="ImageException">IB2202: an EFI image of 32 MiB or more; IB2208: a BIOS image too small to be one.</exception>
    public static void Check(IsoOptions options)
    {
        if (options.EfiBoot is { Image.Length: var length } && (length <= 0 || length > ushort.MaxValue * VirtualSector))
            throw new ImageException(ImageErrorKind.LimitExceeded, "IB2202",
                $"the EFI boot image has {length} bytes; El Torito's 16-bit count of 512-byte sectors ends at {ushort.MaxValue * VirtualSector}. Make the FAT image smaller");
        if (options.BiosBoot is { } bios && bios.Image.Length < (bios.Grub2BootInfo ? Grub2BootInfoOffset + sizeof(ulong) : BootInfoChecksumFrom))
            throw new ImageException(ImageErrorKind.Corrupt, "IB2208",
                $"the BIOS boot image has only {bios.Image.Length} bytes; GRUB's is cdboot.img followed by core.img");
    }

    /// <summary>The catalog's block.</summary>
    public static byte[] Catalog(Block? bios, (Block Start, long Length)? efi)
    {
        var catalog = new byte[Block.Size];
        var record = new RecordWriter(catalog);
        Validation(ref record, catalog, bios is null ? PlatformEfi : PlatformBios);
        if (bios is { } start)
            Entry(ref record, start, BiosLoadSectors);
        if (efi is not { } image)
            return catalog;
        if (bios is not null)
        {
            record.U8(LastHeader);
            record.U8(PlatformEfi);
            record.U16(1); // one entry follows
            record.Zero(28);
        }
        Entry(ref record, image.Start, (int)((image.Length + VirtualSector - 1) / VirtualSector));
        return catalog;
    }

    /// <summary>The BIOS boot image as it must lie at <paramref name="start"/>.</summary>
    public static Content Patch(BiosBoot bios, Block start)
    {
        var patches = new List<(long, byte[])>();
        if (bios.Grub2BootInfo)
        {
            var position = new byte[sizeof(ulong)];
            BinaryPrimitives.WriteUInt64LittleEndian(position, (ulong)start.Number * SectorsPerBlock + 5); // the sector behind diskboot.img
            patches.Add((Grub2BootInfoOffset, position));
        }
        if (bios.BootInfoTable)
        {
            var image = new PatchedContent(bios.Image, patches).ToArray();
            var table = new byte[BootInfoChecksumFrom - BootInfoOffset];
            var record = new RecordWriter(table);
            record.U32(16); // the primary volume descriptor
            record.U32(start.Number);
            record.U32(checked((uint)image.Length));
            record.U32(Sum32(image.AsSpan(BootInfoChecksumFrom)));
            patches.Add((BootInfoOffset, table));
        }
        return new PatchedContent(bios.Image, patches);
    }

    /// <summary>What GRUB's boot_hybrid.img holds at byte 0x1B0: the sector of diskboot.img, behind cdboot.img.</summary>
    public static ulong Grub2MbrSector(Block bios) => (ulong)bios.Number * SectorsPerBlock + 4;

    private static void Validation(ref RecordWriter record, byte[] catalog, int platform)
    {
        record.U8(1);
        record.U8(platform);
        record.U16(0);
        record.Zero(24); // who made it
        record.At(ChecksumOffset);
        record.U16(0);
        record.U8(0x55);
        record.U8(0xAA);
        ushort sum = 0; // the entry's 16-bit words sum to 0
        for (var at = 0; at < EntrySize; at += sizeof(ushort))
            sum += BinaryPrimitives.ReadUInt16LittleEndian(catalog.AsSpan(at));
        BinaryPrimitives.WriteUInt16LittleEndian(catalog.AsSpan(ChecksumOffset), (ushort)-sum);
    }

    /// <summary>An initial entry or a section entry; the fields used are the same.</summary>
    private static void Entry(ref RecordWriter record, Block start, int sectors)
    {
        record.U8(Bootable);
        record.U8(NoEmulation);
        record.U16(0); // load segment: the usual 0x7C0
        record.U8(0); // system type
        record.U8(0);
        record.U16(sectors);
        record.U32(start.Number);
        record.Zero(20);
    }

    private static uint Sum32(ReadOnlySpan<byte> bytes)
    {
        uint sum = 0;
        for (; bytes.Length >= sizeof(uint); bytes = bytes[sizeof(uint)..])
            sum += BinaryPrimitives.ReadUInt32LittleEndian(bytes);
        Span<byte> rest = stackalloc byte[sizeof(uint)];
        rest.Clear();
        bytes.CopyTo(rest);
        return sum + BinaryPrimitives.ReadUInt32LittleEndian(rest);
    }
}
