namespace ImageBuilder.Pipeline.Writing;

/// <summary>Writing was cancelled half way; the message says what is on the device now.</summary>
public sealed class WriteInterruptedException(string message, CancellationToken cancel) : OperationCanceledException(message, cancel)
{
    /// <summary>The stable id.</summary>
    public const string Id = "IB5410";
}
