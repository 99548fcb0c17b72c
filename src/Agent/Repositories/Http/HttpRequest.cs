using System.Globalization;
using System.Text;

namespace ImageBuilder.Agent.Repositories.Http;

/// <summary>A request (RFC 9112, 3).</summary>
/// <param name="method">GET or POST.</param>
/// <param name="target">What is asked for.</param>
/// <param name="body">What a POST gives; null for none.</param>
internal sealed class HttpRequest(string method, Uri target, byte[]? body)
{
    private readonly StringBuilder fields = new();

    public Uri Target => target;

    /// <summary>It may be sent twice (RFC 9110, 9.2.2).</summary>
    public bool IsIdempotent => method == "GET";

    /// <exception cref="ArgumentException">The value would not end where its line does.</exception>
    public void Add(string name, string value)
    {
        if (value.AsSpan().ContainsAnyExceptInRange(' ', '~'))
            throw new ArgumentException($"the value of {name} is no printable text", nameof(value));
        fields.Append(CultureInfo.InvariantCulture, $"{name}: {value}\r\n");
    }

    /// <summary>The bytes that are sent. A proxy that passes requests on wants the whole address.</summary>
    public byte[] Write(HttpProxy? proxy)
    {
        var host = HttpConnector.HostOf(target) + (target.IsDefaultPort ? "" : $":{target.Port}");
        var head = new StringBuilder($"{method} {(proxy is null ? "" : $"{target.Scheme}://{host}")}{target.PathAndQuery} HTTP/1.1\r\nHost: {host}\r\n").Append(fields);
        if (proxy?.Credentials is { } credentials)
            head.Append(CultureInfo.InvariantCulture, $"Proxy-Authorization: {credentials.ToBasic()}\r\n");
        if (body is not null)
            head.Append(CultureInfo.InvariantCulture, $"Content-Length: {body.Length}\r\n");
        return [.. Encoding.ASCII.GetBytes(head.Append("\r\n").ToString()), .. body ?? []];
    }
}
