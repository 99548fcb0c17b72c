namespace ImageBuilder.Pipeline.Inspection.Audit;

/// <summary>
/// The kernel parameters that systemd-sysctl sets at boot (sysctl.d(5)): of files with the same name the first folder's counts, files go by name
/// whatever their folder, and the last setting wins.
/// </summary>
internal sealed class SysctlSettings
{
    private static readonly string[] Folders = ["/etc/sysctl.d", "/run/sysctl.d", "/usr/local/lib/sysctl.d", "/usr/lib/sysctl.d"];
    private readonly Dictionary<string, (string Value, string File)> settings = new(StringComparer.Ordinal);

    /// <summary>Reads an image's files.</summary>
    public static SysctlSettings Read(AuditTarget target)
    {
        var read = new SysctlSettings();
        var files = Folders.SelectMany(folder => target.Files(folder, ".conf")).GroupBy(file => file.Name, StringComparer.Ordinal).Select(group => group.First());
        foreach (var (_, path) in files.OrderBy(file => file.Name, StringComparer.Ordinal))
            foreach (var line in (target.ReadText(path) ?? "").Split('\n'))
                if (line.Trim() is { Length: > 0 } text && text[0] is not ('#' or ';') && text.IndexOf('=', StringComparison.Ordinal) is > 0 and var equals)
                    read.settings[Name(text[..equals])] = (text[(equals + 1)..].Trim(), path);
        return read;
    }

    /// <summary>A parameter's value and the file that sets it; null when none does.</summary>
    public (string Value, string File)? Find(string name) => settings.TryGetValue(name, out var setting) ? setting : null;

    // "-name": failures do not count. kernel/x and kernel.x are the same.
    private static string Name(string text) => text.Trim().TrimStart('-').Replace('/', '.');
}
