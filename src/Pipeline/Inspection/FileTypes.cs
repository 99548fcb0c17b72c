using System.Globalization;
using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Pipeline.Inspection;

/// <summary>What a file system keeps of a file, as people write it.</summary>
internal static class FileTypes
{
    /// <summary>The type of a file in words.</summary>
    public static string Name(NodeKind kind) => kind switch
    {
        NodeKind.Directory => "folder",
        NodeKind.File => "file",
        NodeKind.Symlink => "symbolic link",
        NodeKind.CharacterDevice => "character device",
        NodeKind.BlockDevice => "block device",
        NodeKind.Fifo => "named pipe",
        _ => "socket",
    };

    /// <summary>Permission bits as four octal digits.</summary>
    public static string Octal(ushort mode) => Convert.ToString(mode, 8).PadLeft(4, '0');

    /// <summary>Seconds since 1970 as "2026-01-31 12:00:00", UTC; the number itself where no calendar reaches.</summary>
    public static string Time(long seconds) => seconds is < -62_135_596_800 or > 253_402_300_799 ? seconds.ToString(CultureInfo.InvariantCulture)
        : DateTimeOffset.FromUnixTimeSeconds(seconds).ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);
}
