using ImageBuilder.Formats;

namespace ImageBuilder.Agent.Health;

/// <summary>Posts a result.</summary>
internal static class ReportPost
{
    /// <exception cref="ImageException">It was not taken.</exception>
    public static void Post(Uri url, byte[] json) => throw new ImageException(ImageErrorKind.Unsupported, "IB6168", $"{url}: results cannot be posted yet");
}
