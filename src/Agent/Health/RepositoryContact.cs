using ImageBuilder.Formats;
using ImageBuilder.Update;

namespace ImageBuilder.Agent.Health;

/// <summary>The contact with the repository that a trial needs.</summary>
internal static class RepositoryContact
{
    /// <exception cref="ImageException">It cannot be reached.</exception>
    public static void Make(UpdateSettings update, CancellationToken cancel) =>
        throw new ImageException(ImageErrorKind.Unsupported, "IB6167", $"{update.Url} cannot be reached yet");
}
