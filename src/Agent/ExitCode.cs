namespace ImageBuilder.Agent;

/// <summary>What the program ends with.</summary>
internal static class ExitCode
{
    public const int Done = 0;
    public const int Failed = 1;

    /// <summary>Wrong usage, or something was asked for that this system does not have.</summary>
    public const int Usage = 2;
    public const int Interrupted = 130;
}
