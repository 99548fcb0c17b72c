using System.Globalization;
using System.Text;

namespace ImageBuilder.Update.Data;

/// <summary>Where things lie on a data partition, relative to its root. Names that begin with '.' are not finished, and are garbage after a crash.</summary>
public static class DataLayout
{
    /// <summary>The label of the data partition: of its file system, and in the partition table of the disk.</summary>
    public const string Label = "ib-data";

    /// <summary>Everything of ours lies here: the partition may be somebody's stick.</summary>
    public const string Root = "/ib";

    /// <summary>Layers by digest: SHA-256, then ".squashfs". Immutable once they have this name.</summary>
    public const string Layers = Root + "/layers";

    /// <summary>Stack manifests by stack id.</summary>
    public const string Stacks = Root + "/stacks";

    public const string Uppers = Root + "/uppers";

    /// <summary>Folders that every upper shows.</summary>
    public const string Persist = Root + "/persist";

    /// <summary>Machine id and ssh host keys.</summary>
    public const string Identity = Persist + "/identity";

    /// <summary>Channel documents that were accepted, by channel.</summary>
    public const string Channels = Root + "/channels";

    /// <summary>What is left of trials, by the number of the upper: reason, journal, the boot's record.</summary>
    public const string Trials = Root + "/trials";

    /// <summary>What is renamed here is gone, and deleted when there is time.</summary>
    public const string Trash = Root + "/trash";

    /// <summary>The two copies of the state record where there is no partition for it: 4096 bytes each.</summary>
    public static IReadOnlyList<string> StateFiles { get; } = [Root + "/state.0", Root + "/state.1"];

    /// <summary>In the folder of an upper: overlayfs' upperdir.</summary>
    public const string UpperName = "upper";

    /// <summary>In the folder of an upper: overlayfs' workdir.</summary>
    public const string WorkName = "work";

    /// <summary>In the folder of an upper: its writable areas.</summary>
    public const string AreasName = "areas";

    /// <summary>In the folder of an upper: what it belongs to.</summary>
    public const string StampName = "stamp";

    internal const string NewPrefix = ".new-";

    /// <summary>The folder of an upper: upper, work, stamp, areas.</summary>
    public static string Upper(uint number) => string.Create(CultureInfo.InvariantCulture, $"{Uppers}/{number}");

    /// <summary>The folder of an upper that is being made.</summary>
    public static string NewUpper(uint number) => string.Create(CultureInfo.InvariantCulture, $"{Uppers}/{NewPrefix}{number}");

    /// <summary>The number of an upper by the name of its folder; null for other names, ".new-N" too.</summary>
    public static uint? NumberOf(string name) =>
        uint.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0 && name[0] != '0' ? number : null;

    /// <summary>The folder that is mounted at a persisted path.</summary>
    public static string Persisted(string path) => $"{Persist}/{Escape(path)}";

    /// <summary>The folder that is mounted at a writable path while this upper is in use.</summary>
    public static string Area(uint upper, string path) => $"{Upper(upper)}/{AreasName}/{Escape(path)}";

    /// <summary>An absolute path as one name: "/var/lib/app" is "var-lib-app"; what is not a letter, digit or one of ":_." is \xNN, as systemd-escape(1) does.</summary>
    public static string Escape(string path)
    {
        var name = new StringBuilder();
        foreach (var b in Encoding.UTF8.GetBytes(path.Trim('/')))
        {
            var c = (char)b;
            if (c == '/')
                name.Append('-');
            else if (char.IsAsciiLetterOrDigit(c) || c is ':' or '_' || (c == '.' && name.Length > 0))
                name.Append(c);
            else
                name.Append(CultureInfo.InvariantCulture, $"\\x{b:x2}");
        }
        return name.ToString();
    }

    /// <summary>The path that <see cref="Escape"/> made a name of.</summary>
    /// <exception cref="FormatException">No path gives this name.</exception>
    public static string Unescape(string name)
    {
        var bytes = new List<byte> { (byte)'/' };
        for (var i = 0; i < name.Length; i++)
        {
            if (name[i] == '\\' && name.AsSpan(i).StartsWith("\\x", StringComparison.Ordinal) && i + 3 < name.Length)
            {
                bytes.Add(byte.Parse(name.AsSpan(i + 2, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture));
                i += 3;
                continue;
            }
            bytes.Add((byte)(name[i] == '-' ? '/' : name[i]));
        }
        var path = Encoding.UTF8.GetString([.. bytes]);
        return Escape(path) == name ? path : throw new FormatException($"'{name}' is no escaped path");
    }
}
