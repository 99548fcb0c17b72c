using ImageBuilder.Formats;

namespace ImageBuilder.Agent.Repositories;

/// <summary>IB6120: a repository cannot be reached at the moment, or stopped in the middle. The same request may be answered later.</summary>
/// <param name="message">What is wrong, and where.</param>
/// <param name="retryAfter">How long the server wants to be left alone; null when it did not say.</param>
/// <param name="inner">The cause.</param>
internal sealed class TransientException(string message, TimeSpan? retryAfter = null, Exception? inner = null) : ImageException(ImageErrorKind.Io, "IB6120", message, inner)
{
    public TimeSpan? RetryAfter { get; } = retryAfter;
}
