using System.Text;

namespace ImageBuilder.Update.Carry;

/// <summary>
/// passwd(5), group(5), shadow(5), gshadow(5), subuid(5) or subgid(5): lines of fields between colons, the first of which is the name. Lines of one name
/// belong together (subuid has several); a line without a colon is its own name.
/// </summary>
internal sealed class AccountFile
{
    private readonly Dictionary<string, string> entries = new(StringComparer.Ordinal);

    /// <summary>The names, in the file's order.</summary>
    public List<string> Names { get; } = [];

    /// <summary>Reads a file's bytes; other encodings than UTF-8 survive, since every byte is taken for a character.</summary>
    public static AccountFile Parse(ReadOnlySpan<byte> bytes)
    {
        var file = new AccountFile();
        foreach (var line in Encoding.Latin1.GetString(bytes).Split('\n'))
            if (line.Length > 0)
            {
                var name = line.Split(':', 2)[0];
                file.Set(name, file.Find(name) is { } before ? $"{before}\n{line}" : line);
            }
        return file;
    }

    /// <summary>The lines of a name; null when it has none.</summary>
    public string? Find(string name) => entries.TryGetValue(name, out var entry) ? entry : null;

    /// <summary>Gives a name its lines; a new one comes last.</summary>
    public void Set(string name, string lines)
    {
        if (!entries.ContainsKey(name))
            Names.Add(name);
        entries[name] = lines;
    }

    /// <summary>The number of an account: the third field; null for what has none.</summary>
    public uint? Number(string name) => Find(name) is { } entry ? NumberOf(entry) : null;

    /// <inheritdoc cref="Number"/>
    public static uint? NumberOf(string entry) => entry.Split(':') is { Length: > 2 } fields && uint.TryParse(fields[2], out var number) ? number : null;

    /// <summary>The file's bytes.</summary>
    public byte[] ToBytes()
    {
        var text = new StringBuilder();
        foreach (var name in Names)
            text.Append(entries[name]).Append('\n');
        return Encoding.Latin1.GetBytes(text.ToString());
    }
}
