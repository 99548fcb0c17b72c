using System.Globalization;
using ImageBuilder.Linux;

namespace ImageBuilder.Init;

/// <summary>What lies above the read-only layers.</summary>
internal enum UpperKind
{
    /// <summary>Memory: gone after the next start.</summary>
    Tmpfs,

    /// <summary>Nothing: the root cannot be written to.</summary>
    None,
}

/// <summary>What the kernel command line asks of this program: the ib.* words and the generic ones.</summary>
internal sealed record BootOptions
{
    /// <summary>Where the medium is; null: whichever has the image.</summary>
    public DeviceSelector? Medium { get; init; }

    /// <summary>The root image's path on the medium.</summary>
    public string Image { get; init; } = "/live/root.squashfs";

    public UpperKind Upper { get; init; } = UpperKind.Tmpfs;

    /// <summary>The most that a tmpfs upper may hold, as tmpfs(5) takes it: "50%", "256M".</summary>
    public string UpperSize { get; init; } = "50%";

    /// <summary>How long to wait for the medium.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>A prompt instead of a restart when the boot fails.</summary>
    public bool Shell { get; init; }

    /// <summary>Everything is logged, and <see cref="Shell"/>.</summary>
    public bool Debug { get; init; }

    /// <summary>The boot's timeline as one line on the consoles.</summary>
    public bool ShowTimeline { get; init; }

    /// <summary>`panic=`: seconds until the restart after a failure, and no prompt; null when not given.</summary>
    public int? Panic { get; init; }

    /// <summary>`init=`; null when not given.</summary>
    public string? RealInit { get; init; }

    /// <summary>`ro`: the root is mounted read-only.</summary>
    public bool ReadOnly { get; init; }

    /// <summary>`quiet`: less on the consoles.</summary>
    public bool Quiet { get; init; }

    /// <summary>Reads the words. Whatever is wrong with the ib.* words is added to <paramref name="problems"/>: nothing is ignored.</summary>
    public static BootOptions Parse(KernelCommandLine commandLine, out IReadOnlyList<string> problems)
    {
        var options = new BootOptions();
        var wrong = new List<string>();
        // Words of other programs first, whatever the order: ours decide.
        foreach (var (key, value) in commandLine.Words.Select(ForeignWords.Translate).OfType<(string, string?)>().Concat(commandLine.Words))
        {
            try
            {
                options = options.With(key, value);
            }
            catch (FormatException error)
            {
                wrong.Add($"{key}{(value is null ? "" : "=" + value)}: {error.Message}");
            }
        }
        problems = wrong;
        return options;
    }

    private BootOptions With(string key, string? value) => key switch
    {
        "ib.media" => this with { Medium = DeviceSelector.Parse(Required(value)) },
        "ib.image" => this with { Image = AbsolutePath(Required(value)) },
        "ib.upper" => this with { Upper = UpperOf(Required(value)) },
        "ib.upper.size" => this with { UpperSize = TmpfsSize(Required(value)) },
        "ib.timeout" => this with { Timeout = TimeSpan.FromSeconds(Number(Required(value), 0, 86_400)) },
        "ib.shell" => this with { Shell = Flag(value) },
        "ib.debug" => Flag(value) ? this with { Debug = true, Shell = true, ShowTimeline = true } : this,
        "ib.timeline" => this with { ShowTimeline = Flag(value) },
        _ when BootKeys.Later.Contains(key) => throw NotYet(key),
        _ when key.StartsWith("ib.", StringComparison.Ordinal) || key == "ib" => throw new FormatException($"unknown word; {Suggestion(key)}"),
        "panic" => this with { Panic = int.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var seconds) ? seconds : Panic },
        "init" => this with { RealInit = value },
        "ro" => this with { ReadOnly = true },
        "rw" => this with { ReadOnly = false },
        "quiet" => this with { Quiet = true },
        "debug" => this with { Quiet = false },
        _ => this,
    };

    private static string Suggestion(string key)
    {
        var near = BootKeys.Known.MinBy(known => Distance(known, key))!;
        return Distance(near, key) <= 2 ? $"did you mean {near}?" : $"known are {string.Join(", ", BootKeys.Known)}";
    }

    private static UpperKind UpperOf(string value) => value switch
    {
        "tmpfs" => UpperKind.Tmpfs,
        "none" => UpperKind.None,
        "persistent" => throw NotYet("ib.upper=persistent"),
        _ => throw new FormatException("expected tmpfs or none"),
    };

    /// <summary>Checks a size: "50%" of the memory, or bytes with K, M or G.</summary>
    internal static string TmpfsSize(string value)
    {
        var digits = value.AsSpan().TrimEnd("%kKmMgG");
        if (value.Length - digits.Length > 1 || !long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number == 0)
            throw new FormatException("expected a size such as 256M, 2G or 50%");
        if (value.EndsWith('%') && number > 100)
            throw new FormatException("more than 100% of the memory");
        return value;
    }

    private static string AbsolutePath(string value)
    {
        var parts = value.Split('/', StringSplitOptions.RemoveEmptyEntries);
        if (parts.Length == 0 || parts.Contains(".."))
            throw new FormatException("expected the path of a file on the medium, such as /live/root.squashfs");
        return "/" + string.Join('/', parts);
    }

    private static int Number(string value, int least, int most) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most
            ? number
            : throw new FormatException($"expected a number from {least} to {most}");

    private static bool Flag(string? value) => value switch
    {
        null or "1" or "yes" or "on" => true,
        "0" or "no" or "off" => false,
        _ => throw new FormatException("is a switch: expected no value, 1 or 0"),
    };

    private static string Required(string? value) => string.IsNullOrEmpty(value) ? throw new FormatException("needs a value") : value;

    private static FormatException NotYet(string word) => new($"{word} is not yet supported");

    private static int Distance(string a, string b)
    {
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var above = row[j];
                row[j] = Math.Min(Math.Min(row[j] + 1, row[j - 1] + 1), diagonal + (a[i - 1] == b[j - 1] ? 0 : 1));
                diagonal = above;
            }
        }
        return row[^1];
    }
}
