using System.Buffers.Binary;
using System.Text;

namespace ImageBuilder.Formats.Fat;

/// <summary>One file or directory as its entries in a directory describe it (fatgen103, "FAT Directory Structure", "FAT Long Directory Entries").</summary>
internal readonly record struct FatRecord(long Offset, string Name, byte Attributes, uint FirstCluster, uint Size, long ModifiedTime)
{
    private const byte LongNameAttributes = 0x0F;
    private const byte ReadOnlyAttribute = 0x01;
    private const byte LabelAttribute = 0x08;
    private const byte DirectoryAttribute = 0x10;
    private const int LastEntryFlag = 0x40;
    private const int MaxLongEntries = 20;
    private const int UnitsPerEntry = 13;
    private const byte Free = 0xE5;
    private const byte KanjiFree = 0x05; // stands for a first byte of E5
    private const int LowerBase = 0x08;
    private const int LowerExtension = 0x10;

    /// <summary>The characters of bytes from 0x80 on in short names: code page 437, Linux's default.</summary>
    private const string CodePage437 =
        "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u00A0";

    public bool IsDirectory => (Attributes & DirectoryAttribute) != 0;

    public bool IsLabel => (Attributes & LabelAttribute) != 0;

    public bool IsReadOnly => (Attributes & ReadOnlyAttribute) != 0;

    /// <summary>All entries in use but "." and "..", the volume label among them.</summary>
    /// <param name="data">The directory.</param>
    /// <param name="position">Where each byte of it lies in the image.</param>
    public static IEnumerable<FatRecord> ReadAll(byte[] data, Func<int, long> position)
    {
        var name = new LongName();
        for (var at = 0; at + FatGeometry.DirectoryEntrySize <= data.Length; at += FatGeometry.DirectoryEntrySize)
        {
            var entry = data.AsSpan(at, FatGeometry.DirectoryEntrySize);
            if (entry[0] == 0)
                yield break;
            if (entry[0] == Free)
            {
                name = new LongName();
                continue;
            }
            if ((entry[FatName.AliasSize] & 0x3F) == LongNameAttributes)
            {
                name.Add(entry);
                continue;
            }
            var text = name.For(entry[..FatName.AliasSize]);
            name = new LongName();
            if (entry[0] == (byte)'.' && entry[..FatName.AliasSize].TrimEnd((byte)' ') is [(byte)'.'] or [(byte)'.', (byte)'.'])
                continue;
            yield return Read(entry, position(at), text);
        }
    }

    private static FatRecord Read(ReadOnlySpan<byte> entry, long at, string? longName)
    {
        var record = new RecordReader(entry);
        var alias = record.Bytes(FatName.AliasSize);
        var attributes = record.U8();
        var lower = record.U8();
        record.Skip(7); // creation, last access
        uint high = record.U16();
        var (time, date) = (record.U16(), record.U16());
        uint low = record.U16();
        return new FatRecord(at, longName ?? Alias(alias, lower), attributes, high << 16 | low, record.U32(), new FatTime(date, time).ToUnix());
    }

    private static string Alias(ReadOnlySpan<byte> alias, int lower)
    {
        var first = Text(alias[..8], (lower & LowerBase) != 0);
        var second = Text(alias[8..], (lower & LowerExtension) != 0);
        return second.Length == 0 ? first : $"{first}.{second}";
    }

    private static string Text(ReadOnlySpan<byte> field, bool lower)
    {
        var text = new StringBuilder();
        foreach (var b in field.TrimEnd((byte)' '))
            text.Append(b < 0x80 && !(text.Length == 0 && b == KanjiFree) ? (char)b : CodePage437[(b == KanjiFree ? Free : b) - 0x80]);
        return lower ? text.ToString().ToLowerInvariant() : text.ToString();
    }

    /// <summary>Collects long entries, which come last part first. A set that is not whole, or not the alias's own, counts for nothing.</summary>
    private sealed class LongName
    {
        private readonly char[] units = new char[MaxLongEntries * UnitsPerEntry];
        private int count;
        private int next;
        private byte checksum;

        public void Add(ReadOnlySpan<byte> entry)
        {
            int ordinal = entry[0] & ~LastEntryFlag;
            if ((entry[0] & LastEntryFlag) != 0)
                (count, next, checksum) = (ordinal, ordinal, entry[13]);
            if (ordinal is 0 or > MaxLongEntries || ordinal != next || entry[13] != checksum)
            {
                (count, next) = (0, -1);
                return;
            }
            next--;
            var unit = (ordinal - 1) * UnitsPerEntry;
            foreach (var (from, to) in (ReadOnlySpan<(int, int)>)[(1, 11), (14, 26), (28, 32)])
                for (var i = from; i < to; i += 2)
                    units[unit++] = (char)BinaryPrimitives.ReadUInt16LittleEndian(entry[i..]);
        }

        /// <summary>The long name of an entry with this alias; null when it has none.</summary>
        public string? For(ReadOnlySpan<byte> alias)
        {
            if (count == 0 || next != 0 || FatName.Checksum(alias) != checksum)
                return null;
            var text = units.AsSpan(0, count * UnitsPerEntry);
            var end = text.IndexOf('\0');
            return new string(end < 0 ? text : text[..end]);
        }
    }
}
