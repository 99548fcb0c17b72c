using System.Text;
using ImageBuilder.Linux.Modules;

namespace ImageBuilder.Linux.CommandLines;

/// <summary>
/// The words of the kernel command line, split as the kernel does (lib/cmdline.c, next_arg): at blanks outside double quotes;
/// quotes around a value, or around the whole word, are not part of it. What stands behind a lone "--" is for the real init alone
/// (kernel-parameters, admin guide).
/// </summary>
public sealed class KernelCommandLine
{
    /// <summary>The word that ends what is the kernel's and ours.</summary>
    public const string Separator = "--";

    private KernelCommandLine(string text, IReadOnlyList<Word> words)
    {
        Text = text;
        Words = [.. words.TakeWhile(word => word.Key != Separator)];
        ForInit = [.. words.Skip(Words.Count)];
    }

    /// <summary>The line as the boot loader gave it.</summary>
    public string Text { get; }

    /// <summary>The words in order; the value is null where there is no '='.</summary>
    public IReadOnlyList<Word> Words { get; }

    /// <summary>The words for the real init, the "--" before them too; empty without one.</summary>
    public IReadOnlyList<Word> ForInit { get; }

    public static KernelCommandLine Parse(string text)
    {
        var words = new List<Word>();
        var word = new StringBuilder();
        var quoted = false;
        foreach (var c in text.Trim() + " ")
        {
            if (c == '"')
                quoted = !quoted;
            if (!char.IsWhiteSpace(c) || quoted)
            {
                word.Append(c);
            }
            else if (word.Length > 0)
            {
                words.Add(Split(word.ToString()));
                word.Clear();
            }
        }
        if (word.Length > 0)
            words.Add(Split(word.ToString().TrimEnd())); // a quote that was never closed runs to the end of the line
        return new KernelCommandLine(text.Trim(), words);
    }

    /// <summary>True when the word is there, with or without a value.</summary>
    public bool Has(string key) => Words.Any(word => word.Key == key);

    /// <summary>The value of the last such word, as the kernel counts; null when there is none.</summary>
    public string? Last(string key) => Words.LastOrDefault(word => word.Key == key && word.Value is not null)?.Value;

    /// <summary>Modules that are not to be loaded for a device.</summary>
    public IReadOnlySet<string> Blacklist() => Words
        .Where(word => word.Key is "rd.driver.blacklist" or "modprobe.blacklist" or "module_blacklist" && word.Value is not null)
        .SelectMany(word => word.Value!.Split(',', StringSplitOptions.RemoveEmptyEntries))
        .Select(KernelModule.Normalize).ToHashSet();

    /// <summary>The parameters for a module: every `module.name=value`, the module's name removed.</summary>
    public string ModuleParameters(string module)
    {
        var parameters = new List<string>();
        foreach (var (key, value) in Words)
        {
            var dot = key.IndexOf('.');
            if (dot <= 0 || KernelModule.Normalize(key[..dot]) != module)
                continue;
            var name = key[(dot + 1)..];
            parameters.Add(value is null ? name : value.Contains(' ') ? $"{name}=\"{value}\"" : $"{name}={value}");
        }
        return string.Join(' ', parameters);
    }

    private static Word Split(string word)
    {
        if (word.StartsWith('"'))
            word = word[1..].TrimEnd('"');
        var equals = word.IndexOf('=');
        return equals <= 0 ? new(word, null) : new(word[..equals], word[(equals + 1)..].Trim('"'));
    }
}
