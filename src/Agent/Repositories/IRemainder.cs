namespace ImageBuilder.Agent.Repositories;

/// <summary>A stream whose end may be known before it is reached.</summary>
internal interface IRemainder
{
    /// <summary>Bytes that are yet to be read, as its source says; null when it does not.</summary>
    long? Remaining { get; }
}
