using ImageBuilder.Agent.Repositories;
using ImageBuilder.Formats;

namespace ImageBuilder.Agent.Health;

/// <summary>Posts results.</summary>
internal static class ReportPost
{
    /// <exception cref="ImageException">IB6162: the server did not take it. IB6120, IB6125: there was no answer.</exception>
    public static void Post(Uri url, byte[] json)
    {
        using var client = new WebClient(new RepositoryOptions(), null);
        using var answer = client.Post(url, json, CancellationToken.None);
        if (answer.Status is < 200 or > 299)
            throw new ImageException(ImageErrorKind.Io, "IB6162", $"{WebClient.Describe(url)}: the server answers {answer.Text} to a result; it waits, and is posted again later");
    }
}
