using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Formats.Iso9660;

/// <summary>An El Torito boot catalog as read (specification 1.0, section 2; UEFI 2.10, 13.3.2.1).</summary>
/// <param name="Offset">Where the catalog lies, in bytes.</param>
/// <param name="Length">Bytes of it that say something.</param>
/// <param name="Maker">Who made it, as it says itself; often empty.</param>
/// <param name="Entries">What can be booted.</param>
public sealed record BootCatalog(long Offset, int Length, string Maker, IReadOnlyList<BootEntry> Entries)
{
    private const int EntrySize = 32;
    private const int MaxSize = 64 << 10;
    private const byte ValidationHeader = 0x01;
    private const byte MoreHeader = 0x90;
    private const byte LastHeader = 0x91;
    private const byte Extension = 0x44;
    private const byte ExtensionContinues = 0x20;
    private const byte Bootable = 0x88;

    /// <exception cref="ImageException">IB2416, IB2422: the catalog lies outside the image, or is damaged.</exception>
    internal static BootCatalog Read(Content image, long at)
    {
        if (at > image.Length - Block.Size)
            throw IsoError.Corrupt(IsoError.Outside, at, "the boot catalog lies outside the image");
        var bytes = new byte[Math.Min(MaxSize, image.Length - at)];
        image.Read(at, bytes);
        var record = new RecordReader(bytes.AsSpan(0, EntrySize));
        var header = record.U8();
        var platform = record.U8();
        record.Skip(2);
        var maker = EntryName.Printable(record.Bytes(24).TrimEnd((byte)0)).Trim();
        record.Skip(2); // checksum
        var key = record.U16();
        if (header != ValidationHeader || key != 0xAA55)
            throw IsoError.Corrupt(IsoError.BootCatalog, at, "the boot catalog does not begin with a validation entry (01 … 55 AA)");
        ushort sum = 0;
        record = new RecordReader(bytes.AsSpan(0, EntrySize));
        while (record.Position < EntrySize)
            sum += record.U16();
        if (sum != 0)
            throw IsoError.Corrupt(IsoError.BootCatalog, at, $"the words of the boot catalog's validation entry sum to 0x{sum:x4}; expected 0");

        var entries = new List<BootEntry> { Entry(bytes, EntrySize, at, platform, "") };
        var position = 2 * EntrySize;
        var last = false;
        while (!last && position + EntrySize <= bytes.Length && bytes[position] is MoreHeader or LastHeader)
        {
            var section = new RecordReader(bytes.AsSpan(position, EntrySize));
            last = section.U8() == LastHeader;
            platform = section.U8();
            int count = section.U16();
            var id = EntryName.Printable(section.Bytes(28).TrimEnd((byte)0)).Trim();
            position += EntrySize;
            for (var i = 0; i < count; i++)
            {
                if (position + EntrySize > bytes.Length)
                    throw IsoError.Corrupt(IsoError.BootCatalog, at + position, $"a section of {count} boot entries passes the end of the catalog");
                entries.Add(Entry(bytes, position, at, platform, id));
                position += EntrySize;
                while (position + EntrySize <= bytes.Length && bytes[position] == Extension)
                {
                    var more = (bytes[position + 1] & ExtensionContinues) != 0;
                    position += EntrySize;
                    if (!more)
                        break;
                }
            }
        }
        return new BootCatalog(at, position, maker, entries);
    }

    private static BootEntry Entry(byte[] bytes, int position, long at, byte platform, string id)
    {
        var record = new RecordReader(bytes.AsSpan(position, EntrySize));
        var indicator = record.U8();
        if (indicator is not (Bootable or 0))
            throw IsoError.Corrupt(IsoError.BootCatalog, at + position, $"a boot entry begins with 0x{indicator:x2}; expected 0x88 (bootable) or 0");
        var media = (BootMedia)(record.U8() & 0x0F);
        var segment = record.U16();
        record.Skip(2); // system type, unused
        var sectors = record.U16();
        return new BootEntry((BootPlatform)platform, indicator == Bootable, media, segment, sectors, new Block(record.U32()).Offset, id);
    }
}
