using System.Globalization;

namespace ImageBuilder.Agent.Repositories;

/// <summary>An answer whose body is not read yet.</summary>
internal sealed class WebAnswer(HttpResponseMessage message, Uri uri, Patience clock) : IDisposable
{
    private const int MaxReason = 60;

    /// <summary>What was asked, after redirects.</summary>
    public Uri Uri => uri;

    public int Status => (int)message.StatusCode;

    /// <summary>"404 Not Found"; a server's own words only when they are short and printable.</summary>
    public string Text
    {
        get
        {
            var reason = message.ReasonPhrase ?? "";
            return reason.Length is > 0 and <= MaxReason && !reason.AsSpan().ContainsAnyExceptInRange(' ', '~') ? $"{Status} {reason}" : Status.ToString(CultureInfo.InvariantCulture);
        }
    }

    /// <summary>Of a redirect: where to.</summary>
    public Uri? Location => message.Headers.Location;

    /// <summary>How long the server wants to be left alone.</summary>
    public TimeSpan? RetryAfter => message.Headers.RetryAfter switch
    {
        { Delta: { } time } => time,
        { Date: { } date } when date > DateTimeOffset.UtcNow => date - DateTimeOffset.UtcNow,
        _ => null,
    };

    /// <summary>The challenges of a 401.</summary>
    public IReadOnlyList<string> Challenges => message.Headers.NonValidated.TryGetValues("WWW-Authenticate", out var values) ? new List<string>(values) : [];

    /// <summary>Of a 206: the first byte.</summary>
    public long? RangeStart => message.Content.Headers.ContentRange?.From;

    /// <summary>The body; it closes the connection when it is disposed before its end.</summary>
    public Stream OpenBody() => new WebBody(this, clock.Await(message.Content.ReadAsStreamAsync), message.Content.Headers.ContentLength, clock);

    public void Dispose()
    {
        message.Dispose();
        clock.Dispose();
    }
}
