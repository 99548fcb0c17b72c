using System.Globalization;
using ImageBuilder.Agent.Repositories.Http;

namespace ImageBuilder.Agent.Repositories;

/// <summary>An answer whose body is not read yet.</summary>
internal sealed class WebAnswer(HttpExchange exchange, Uri uri, Patience clock) : IDisposable
{
    private const int MaxReason = 60;

    /// <summary>What was asked, after redirects.</summary>
    public Uri Uri => uri;

    public int Status => exchange.Head.Status;

    /// <summary>"404 Not Found"; a server's own words only when they are short and printable.</summary>
    public string Text
    {
        get
        {
            var reason = exchange.Head.Reason;
            return reason.Length is > 0 and <= MaxReason && !reason.AsSpan().ContainsAnyExceptInRange(' ', '~') ? $"{Status} {reason}" : Status.ToString(CultureInfo.InvariantCulture);
        }
    }

    /// <summary>Of a redirect: where to.</summary>
    public Uri? Location => exchange.Head["Location"] is { } text && Uri.TryCreate(text, UriKind.RelativeOrAbsolute, out var location) ? location : null;

    /// <summary>How long the server wants to be left alone.</summary>
    public TimeSpan? RetryAfter
    {
        get
        {
            var text = exchange.Head["Retry-After"];
            if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds))
                return TimeSpan.FromSeconds(seconds);
            return HttpDate.TryParse(text) is { } date && date > DateTime.UtcNow ? date - DateTime.UtcNow : null;
        }
    }

    /// <summary>The challenges of a 401.</summary>
    public IReadOnlyList<string> Challenges => exchange.Head.All("WWW-Authenticate");

    /// <summary>Of a 206: the first byte.</summary>
    // Content-Range = "bytes" SP first-pos "-" last-pos "/" ( complete-length / "*" )
    public long? RangeStart
    {
        get
        {
            const string unit = "bytes ";
            var range = exchange.Head["Content-Range"] ?? "";
            var dash = range.IndexOf('-', StringComparison.Ordinal);
            return dash > 0 && range.StartsWith(unit, StringComparison.OrdinalIgnoreCase) && long.TryParse(range.AsSpan(unit.Length, Math.Max(0, dash - unit.Length)), NumberStyles.None, CultureInfo.InvariantCulture, out var first) ? first : null;
        }
    }

    /// <summary>The body; it closes the connection when it is disposed before its end.</summary>
    public Stream OpenBody() => new WebBody(this, exchange.Body, clock);

    public void Dispose()
    {
        exchange.Dispose();
        clock.Dispose();
    }
}
