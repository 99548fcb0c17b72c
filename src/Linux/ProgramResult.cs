namespace ImageBuilder.Linux;

/// <summary>How a program ended.</summary>
/// <param name="ExitCode">Its exit code, or 128 and the signal that ended it; null when it was killed because its time was up.</param>
/// <param name="Output">The last bytes of what it wrote to its standard output and standard error.</param>
public sealed record ProgramResult(int? ExitCode, byte[] Output)
{
    /// <summary>The output as text, without white space at its end.</summary>
    public string Text => System.Text.Encoding.UTF8.GetString(Output).TrimEnd();
}
