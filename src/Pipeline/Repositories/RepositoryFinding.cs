namespace ImageBuilder.Pipeline.Repositories;

/// <summary>Something that is not as it should be in a repository.</summary>
/// <param name="IsError">A device could not use what is there; else it is only untidy.</param>
/// <param name="Text">What and where.</param>
public sealed record RepositoryFinding(bool IsError, string Text);
