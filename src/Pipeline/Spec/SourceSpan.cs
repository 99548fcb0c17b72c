namespace ImageBuilder.Pipeline.Spec;

/// <summary>A place in a text: line and column count from 1, in characters; length is what a caret line underlines.</summary>
/// <param name="Line">Line from 1; 0 for what came from the command line.</param>
/// <param name="Column">Column from 1.</param>
/// <param name="Length">Characters on that line, at least 1.</param>
public readonly record struct SourceSpan(int Line, int Column, int Length)
{
    /// <summary>The place of values given by <c>--set</c>.</summary>
    public static readonly SourceSpan CommandLine = new(0, 0, 0);

    /// <summary>The first character of a text.</summary>
    public static readonly SourceSpan Start = new(1, 1, 1);
}
