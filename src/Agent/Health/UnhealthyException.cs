namespace ImageBuilder.Agent.Health;

/// <summary>The version on trial is not to be kept.</summary>
/// <param name="reason">Why, in words.</param>
/// <param name="output">What a program has said about it; null when none has.</param>
internal sealed class UnhealthyException(string reason, string? output = null) : Exception(reason)
{
    public string? Output { get; } = output;
}
