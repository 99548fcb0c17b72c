using System.Buffers.Binary;
using System.Text;
using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Formats.Fat;

/// <summary>One name in a FAT directory: the long name, and the 8.3 alias that old readers see (fatgen103, "FAT Long Directory Entries").</summary>
internal sealed class FatName
{
    public const int AliasSize = 11;
    private const int BaseSize = 8;
    private const int UnitsPerEntry = 13;
    private const int MaxUnits = 255;
    private const int LastEntryFlag = 0x40;
    private const byte LongNameAttributes = 0x0F;
    private const string ForbiddenInLong = "\"*/:<>?\\|";
    private const string AllowedInAlias = "$%'-_@~`!(){}^#&";
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
    private readonly string name;
    private readonly bool isAlias;

    private FatName(string name, byte[] alias)
    {
        this.name = name;
        Alias = alias;
        isAlias = name == AliasText(alias);
    }

    /// <summary>The 8.3 name as stored: base and extension padded with spaces, without a dot.</summary>
    public byte[] Alias { get; }

    /// <summary>Directory entries that the name takes before the file's own.</summary>
    public int LongEntries => isAlias ? 0 : (name.Length + UnitsPerEntry - 1) / UnitsPerEntry;

    /// <summary>Names the entries of one directory, in the order given.</summary>
    /// <exception cref="ImageException">IB2603: a name FAT cannot hold; IB2604: two names that differ in case only.</exception>
    public static List<FatName> ForDirectory(string path, IEnumerable<EntryName> names)
    {
        var longNames = new Dictionary<string, EntryName>(StringComparer.OrdinalIgnoreCase);
        var decoded = new List<string>();
        foreach (var name in names)
        {
            var text = Decode(path, name);
            if (!longNames.TryAdd(text, name))
                throw new ImageException(ImageErrorKind.Unsupported, "IB2604",
                    $"{path}: '{name}' and '{longNames[text]}' differ in case only, which FAT cannot tell apart; rename one");
            decoded.Add(text);
        }
        // Names that are aliases as they stand come first, so that no generated alias takes their place.
        var used = new HashSet<string>(StringComparer.Ordinal);
        foreach (var text in decoded.Where(text => IsAlias(text)))
            used.Add(text);
        var tails = new Dictionary<string, int>(StringComparer.Ordinal);
        return [.. decoded.Select(text => new FatName(text, IsAlias(text) ? Pack(text) : MakeAlias(text, used, tails)))];
    }

    /// <summary>The long-name entries, last part first, as they precede the file's own entry.</summary>
    public void WriteLongEntries(Span<byte> entries)
    {
        var count = LongEntries;
        Span<byte> units = stackalloc byte[UnitsPerEntry * 2];
        for (var i = 0; i < count; i++)
        {
            var ordinal = count - i;
            units.Fill(0xFF);
            var part = name.AsSpan((ordinal - 1) * UnitsPerEntry);
            for (var unit = 0; unit < UnitsPerEntry && unit <= part.Length; unit++)
                BinaryPrimitives.WriteUInt16LittleEndian(units[(unit * 2)..], unit == part.Length ? '\0' : part[unit]);
            var record = new RecordWriter(entries.Slice(i * FatGeometry.DirectoryEntrySize, FatGeometry.DirectoryEntrySize));
            record.U8(ordinal | (i == 0 ? LastEntryFlag : 0));
            record.Bytes(units[..10]);
            record.U8(LongNameAttributes);
            record.U8(0);
            record.U8(Checksum(Alias));
            record.Bytes(units[10..22]);
            record.U16(0);
            record.Bytes(units[22..]);
            record.End();
        }
    }

    /// <summary>Ties long entries to their alias (fatgen103, "ChkSum").</summary>
    public static byte Checksum(ReadOnlySpan<byte> alias)
    {
        byte sum = 0;
        foreach (var b in alias)
            sum = (byte)((sum << 7 | sum >> 1) + b);
        return sum;
    }

    private static string Decode(string path, EntryName name)
    {
        string text;
        try
        {
            text = StrictUtf8.GetString(name.Bytes);
        }
        catch (DecoderFallbackException error)
        {
            throw new ImageException(ImageErrorKind.Unsupported, "IB2603",
                $"{path}: the name '{name}' is not UTF-8; FAT stores characters, not bytes", error);
        }
        if (text.Length > MaxUnits)
            throw new ImageException(ImageErrorKind.Unsupported, "IB2603",
                $"{path}: the name '{name}' has {text.Length} UTF-16 units; FAT holds {MaxUnits}");
        if (text.Any(c => c < ' ' || ForbiddenInLong.Contains(c)) || text[^1] is '.' or ' ')
            throw new ImageException(ImageErrorKind.Unsupported, "IB2603",
                $"{path}: the name '{name}' has a character that FAT forbids (control characters, {ForbiddenInLong}), or ends in a dot or space");
        return text;
    }

    private static bool IsAlias(string name)
    {
        var dot = name.IndexOf('.', StringComparison.Ordinal);
        var (first, second) = dot < 0 ? (name, "") : (name[..dot], name[(dot + 1)..]);
        return first.Length is > 0 and <= BaseSize && second.Length <= AliasSize - BaseSize && (dot < 0 || second.Length > 0)
            && first.All(IsAliasCharacter) && second.All(IsAliasCharacter);
    }

    private static bool IsAliasCharacter(char c) => c is >= 'A' and <= 'Z' or >= '0' and <= '9' || AllowedInAlias.Contains(c);

    /// <summary>fatgen103, "The Basis-Name Generation Algorithm" and "The Numeric-Tail Generation Algorithm"; always with a tail.</summary>
    private static byte[] MakeAlias(string name, HashSet<string> used, Dictionary<string, int> tails)
    {
        var trimmed = name.TrimStart('.', ' ');
        var dot = trimmed.LastIndexOf('.');
        var first = Basis(dot < 0 ? trimmed : trimmed[..dot], BaseSize);
        var second = dot < 0 ? "" : Basis(trimmed[(dot + 1)..], AliasSize - BaseSize);
        if (first.Length == 0)
            first = "_";
        var suffix = second.Length == 0 ? "" : "." + second;
        for (var number = tails.GetValueOrDefault(first + suffix) + 1; ; number++)
        {
            var tail = $"~{number}";
            var candidate = first[..Math.Min(first.Length, BaseSize - tail.Length)] + tail + suffix;
            if (!used.Add(candidate))
                continue;
            tails[first + suffix] = number;
            return Pack(candidate);
        }
    }

    private static string Basis(string text, int length)
    {
        var kept = text.ToUpperInvariant().Where(c => c is not (' ' or '.')).Select(c => IsAliasCharacter(c) ? c : '_');
        return string.Concat(kept.Take(length));
    }

    private static byte[] Pack(string alias)
    {
        var parts = alias.Split('.');
        return Encoding.ASCII.GetBytes(parts[0].PadRight(BaseSize) + (parts.Length > 1 ? parts[1] : "").PadRight(AliasSize - BaseSize));
    }

    private static string AliasText(byte[] alias)
    {
        var text = Encoding.ASCII.GetString(alias);
        var second = text[BaseSize..].TrimEnd();
        return text[..BaseSize].TrimEnd() + (second.Length == 0 ? "" : "." + second);
    }
}
