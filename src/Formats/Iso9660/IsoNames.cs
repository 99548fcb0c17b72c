using System.Text;
using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Formats.Iso9660;

/// <summary>Chooses the identifiers of one directory's entries in one of the two name spaces; all differ.</summary>
internal sealed class IsoNames(bool joliet)
{
    /// <summary>ECMA-119 7.5.1 and 10.2 (interchange level 2 and 3): name, dot and extension.</summary>
    private const int MaxPlain = 31;

    /// <summary>Joliet: 64 UCS-2 units.</summary>
    private const int MaxJoliet = 64;

    private const int MaxExtension = 8;
    private const string ForbiddenInJoliet = "*/:;?\\";
    private readonly HashSet<string> used = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> counters = new(StringComparer.Ordinal);

    /// <summary>The identifier without its version, which is also what sorts.</summary>
    public string Choose(EntryName name, bool directory)
    {
        var text = joliet ? Joliet(name.Bytes) : Plain(name.Bytes);
        var dot = directory && !joliet ? -1 : text.LastIndexOf('.');
        var (stem, extension) = dot > 0 ? (text[..dot], text[(dot + 1)..]) : (text, "");
        if (joliet && extension.Length > MaxExtension) // not an extension: only the whole name is worth keeping
            (stem, extension, dot) = (text, "", -1);
        if (!joliet)
            (stem, extension) = (stem.Replace('.', '_'), extension[..Math.Min(extension.Length, MaxExtension)]);
        // A plain file identifier has its dot even without an extension (ECMA-119 7.5.1).
        var suffix = joliet ? (dot > 0 ? "." + extension : "") : directory ? "" : "." + extension;
        var room = (joliet ? MaxJoliet : MaxPlain) - suffix.Length;
        var first = Cut(stem, room) + suffix;
        if (used.Add(Key(first)))
            return first;
        for (var number = counters.GetValueOrDefault(first) + 1; ; number++)
        {
            var tail = $"_{number}";
            var candidate = Cut(stem, room - tail.Length) + tail + suffix;
            if (!used.Add(Key(candidate)))
                continue;
            counters[first] = number;
            return candidate;
        }
    }

    /// <summary>The identifier as stored: d-characters, or UCS-2 with the high byte first; files with their version.</summary>
    public byte[] Encode(string identifier, bool directory)
    {
        var full = directory ? identifier : identifier + ";1";
        return joliet ? Encoding.BigEndianUnicode.GetBytes(full) : Encoding.ASCII.GetBytes(full);
    }

    /// <summary>A file "A." and a directory "A" are the same name (ECMA-119 9.3).</summary>
    private static string Key(string identifier) => identifier.TrimEnd('.');

    private static string Cut(string text, int length) => text[..Math.Min(text.Length, length)];

    /// <summary>d-characters (ECMA-119 7.4.1) and the dot.</summary>
    private static string Plain(ReadOnlySpan<byte> name)
    {
        var text = new StringBuilder(name.Length);
        foreach (var b in name)
        {
            var c = char.ToUpperInvariant((char)b);
            text.Append(char.IsAsciiLetterUpper(c) || char.IsAsciiDigit(c) || c == '.' ? c : '_');
        }
        return text.ToString();
    }

    /// <summary>Characters of the basic plane that Joliet allows; all others, and stray bytes, become '_'.</summary>
    private static string Joliet(ReadOnlySpan<byte> name)
    {
        var text = new StringBuilder(name.Length);
        while (!name.IsEmpty)
        {
            var valid = Rune.DecodeFromUtf8(name, out var rune, out var consumed) == System.Buffers.OperationStatus.Done;
            text.Append(valid && rune.IsBmp && rune.Value >= ' ' && !ForbiddenInJoliet.Contains((char)rune.Value) ? (char)rune.Value : '_');
            name = name[consumed..];
        }
        return text.ToString();
    }
}
