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

    /// <summary>What is renamed here is gone, and deleted when there is time.</summary>
    public const string Trash = Root + "/trash";

    /// <summary>The two copies of the state record where there is no partition for it: 4096 bytes each.</summary>
    public static IReadOnlyList<string> StateFiles { get; } = [Root + "/state.0", Root + "/state.1"];

    /// <summary>The folder of an upper: upper, work, stamp, areas.</summary>
    public static string Upper(uint number) => string.Create(CultureInfo.InvariantCulture, $"{Uppers}/{number}");

    /// <summary>The folder of an upper that is being made.</summary>
    public static string NewUpper(uint number) => string.Create(CultureInfo.InvariantCulture, $"{Uppers}/.new-{number}");

    /// <summary>The folder that is mounted at a persisted path.</summary>
    public static string Persisted(string path) => $"{Persist}/{Escape(path)}";

    /// <summary>The folder that is mounted at a writable path while this upper is in use.</summary>
    public static string Area(uint upper, string path) => $"{Upper(upper)}/areas/{Escape(path)}";

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
}
