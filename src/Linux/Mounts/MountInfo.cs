using System.Text;

namespace ImageBuilder.Linux.Mounts;

/// <summary>One line of /proc/PID/mountinfo, proc_pid_mountinfo(5).</summary>
public sealed record MountInfo(int Id, int ParentId, string Device, string Root, string Target, string Options, string Type, string Source, string SuperOptions)
{
    /// <summary>The mounts of this process, in the kernel's order.</summary>
    public static IReadOnlyList<MountInfo> Read() => Parse(File.ReadAllText("/proc/self/mountinfo"));

    /// <summary>Reads the text of a mountinfo file; lines that are not understood are left out.</summary>
    public static IReadOnlyList<MountInfo> Parse(string text) =>
        [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(TryParseLine).OfType<MountInfo>()];

    // 36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue
    // id parent major:minor root target options [optional fields] - type source super-options
    private static MountInfo? TryParseLine(string line)
    {
        var fields = line.Split(' ');
        var separator = Array.IndexOf(fields, "-");
        if (separator < 6 || fields.Length < separator + 4 || !int.TryParse(fields[0], out var id) || !int.TryParse(fields[1], out var parent))
            return null;
        return new MountInfo(id, parent, fields[2], Unescape(fields[3]), Unescape(fields[4]), fields[5], fields[separator + 1],
            Unescape(fields[separator + 2]), fields[separator + 3]);
    }

    /// <summary>Undoes the kernel's octal escapes of space, tab, line feed and backslash: "\040".</summary>
    internal static string Unescape(string text)
    {
        if (!text.Contains('\\'))
            return text;
        var bytes = Encoding.UTF8.GetBytes(text);
        var length = 0;
        for (var i = 0; i < bytes.Length; i++)
        {
            if (bytes[i] == '\\' && i + 3 < bytes.Length && IsOctal(bytes[i + 1]) && IsOctal(bytes[i + 2]) && IsOctal(bytes[i + 3]))
            {
                bytes[length++] = (byte)(((bytes[i + 1] - '0') << 6) | ((bytes[i + 2] - '0') << 3) | (bytes[i + 3] - '0'));
                i += 3;
            }
            else
            {
                bytes[length++] = bytes[i];
            }
        }
        return Encoding.UTF8.GetString(bytes, 0, length);

        static bool IsOctal(byte b) => b is >= (byte)'0' and <= (byte)'7';
    }
}
