using System.Text;

namespace ImageBuilder.Agent.Health;

/// <summary>What a migration hook declares.</summary>
internal static class MigrationHook
{
    private const string Mark = "# imagebuilder-persist:";
    private const int MaxHead = 16 << 10;

    /// <summary>The paths that a hook names in lines like "# imagebuilder-persist: /var/lib/app /home", in its first 16 KiB.</summary>
    public static IReadOnlyList<string> PathsOf(string file)
    {
        using var stream = File.OpenRead(file);
        var head = new byte[MaxHead];
        var text = Encoding.UTF8.GetString(head, 0, stream.ReadAtLeast(head, head.Length, throwOnEndOfStream: false));
        return [.. text.Split('\n').Where(line => line.StartsWith(Mark, StringComparison.Ordinal)).SelectMany(line => line[Mark.Length..].Split([' ', '\t', '\r'], StringSplitOptions.RemoveEmptyEntries)).Distinct()];
    }
}
