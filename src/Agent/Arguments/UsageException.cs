namespace ImageBuilder.Agent.Arguments;

/// <summary>The command line cannot be meant so.</summary>
internal sealed class UsageException(string message) : Exception(message);
