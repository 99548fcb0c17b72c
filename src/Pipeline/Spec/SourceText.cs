namespace ImageBuilder.Pipeline.Spec;

/// <summary>A text with the name it is shown by, cut into lines for messages.</summary>
internal sealed class SourceText(string name, string text)
{
    private readonly string[] _lines = text.Replace("\r\n", "\n", StringComparison.Ordinal).Split('\n', '\r', '\u0085', '\u2028', '\u2029');

    /// <summary>The name that messages use: the path as the user gave it.</summary>
    public string Name { get; } = name;

    /// <summary>The whole text.</summary>
    public string Text { get; } = text;

    /// <summary>The line with the given number from 1, without its end; null when there is none.</summary>
    public string? Line(int number) => number >= 1 && number <= _lines.Length ? _lines[number - 1] : null;

    /// <summary>The place of the characters from <paramref name="index"/> on.</summary>
    public SourceSpan SpanAt(int index, int length)
    {
        var before = Text.AsSpan(0, index);
        var line = before.Count('\n') + 1;
        return new SourceSpan(line, index - (before.LastIndexOf('\n') + 1) + 1, Math.Max(1, length));
    }
}
