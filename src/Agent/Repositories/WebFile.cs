using ImageBuilder.Formats;

namespace ImageBuilder.Agent.Repositories;

/// <summary>Makes the stream that was asked for out of what a server answers (RFC 9110, 14 and 15).</summary>
internal static class WebFile
{
    /// <summary>The body from the offset on; null when there is no such resource. The answer is disposed with the stream.</summary>
    /// <exception cref="ImageException">IB6124: access is refused; IB6126: a status that makes no sense here.</exception>
    public static Stream? Open(WebAnswer answer, long offset, string repository)
    {
        try
        {
            switch (answer.Status)
            {
                case 206 when answer.RangeStart == offset:
                    return answer.OpenBody();
                case 200:
                    var body = answer.OpenBody();
                    RepositoryReading.Skip(body, offset);
                    return body;
                case 416: // it has no byte there: nothing is left
                    answer.Dispose();
                    return new LocalStream(new MemoryStream(), WebClient.Describe(answer.Uri));
                case 404 or 410:
                    answer.Dispose();
                    return null;
                case 401 or 403 or 407:
                    throw Refused(answer, repository);
                case 206:
                    throw new TransientException($"{WebClient.Describe(answer.Uri)}: the server gives bytes from {answer.RangeStart} on instead of from {offset}");
                default:
                    throw new ImageException(ImageErrorKind.Unsupported, "IB6126", $"{WebClient.Describe(answer.Uri)}: the server answers {answer.Text}; expected 200 or 206");
            }
        }
        catch
        {
            answer.Dispose();
            throw;
        }
    }

    /// <summary>The error for an answer of 401, 403 or 407.</summary>
    public static ImageException Refused(WebAnswer answer, string repository) => new(ImageErrorKind.Io, "IB6124",
        $"{repository} refuses access: {WebClient.Describe(answer.Uri)} answers {answer.Text}; {(answer.Status == 407 ? "the proxy wants user and password in http_proxy or https_proxy" : $"give user and password in its URL or in {RepositoryOptions.DefaultAuthFile}")}");
}
