using System.Text.Json;
using ImageBuilder.Formats;

namespace ImageBuilder.Agent.Repositories;

/// <summary>What a registry wants to see before it answers: nothing, user and password (RFC 7617), or a token of its token server (distribution.github.io, "Token authentication").</summary>
internal sealed class RegistryLogin(RepositoryAddress address, WebClient client)
{
    private const int MaxAnswer = 64 << 10;

    /// <summary>The value of Authorization; null as long as nothing was asked for.</summary>
    public string? Authorization { get; private set; }

    /// <summary>Does what an answer of 401 asks for.</summary>
    /// <exception cref="ImageException">IB6124: nothing that can be done. IB6126: a token server that is not asked.</exception>
    public void Answer(WebAnswer refusal, CancellationToken cancel)
    {
        foreach (var text in refusal.Challenges)
        {
            if (Challenge.TryParse(text) is not { } challenge)
                continue;
            if (challenge.Is("Basic") && client.Credentials is { } credentials)
            {
                Authorization = credentials.ToBasic();
                return;
            }
            if (challenge.Is("Bearer") && challenge["realm"] is { } realm)
            {
                Authorization = $"Bearer {AskForToken(realm, challenge, cancel)}";
                return;
            }
        }
        throw WebFile.Refused(refusal, address.Name);
    }

    private string AskForToken(string realm, Challenge challenge, CancellationToken cancel)
    {
        if (!Uri.TryCreate(realm, UriKind.Absolute, out var server) || server.Scheme is not ("http" or "https") || (address.Base.Scheme == "https" && server.Scheme == "http"))
            throw new ImageException(ImageErrorKind.Unsupported, "IB6126", $"{address.Name} names a token server that is not asked: expected a URL{(address.Base.Scheme == "https" ? " of https" : "")}");
        var name = address.Base.AbsolutePath["/v2/".Length..].TrimEnd('/');
        var query = $"scope={Uri.EscapeDataString(challenge["scope"] ?? $"repository:{name}:pull")}{(challenge["service"] is { } service ? $"&service={Uri.EscapeDataString(service)}" : "")}";
        var uri = new UriBuilder(server) { Query = server.Query.Length > 1 ? $"{server.Query[1..]}&{query}" : query }.Uri;
        var answer = client.Get(uri, 0, client.Credentials?.ToBasic(), null, cancel);
        using var body = WebFile.Open(answer, 0, address.Name)
            ?? throw new ImageException(ImageErrorKind.Io, "IB6124", $"the token server of {address.Name} is not there: {WebClient.Describe(uri)} answers 404");
        var bytes = RepositoryReading.ReadAll(body, MaxAnswer, $"the answer of the token server {WebClient.Describe(uri)}");
        try
        {
            using var json = JsonDocument.Parse(bytes);
            foreach (var member in (string[])["token", "access_token"])
                if (json.RootElement.TryGetProperty(member, out var token) && token.GetString() is { Length: > 0 } value && !value.AsSpan().ContainsAnyExceptInRange('!', '~'))
                    return value;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            // Told below; the answer may hold a secret.
        }
        throw new ImageException(ImageErrorKind.Io, "IB6124", $"the token server {WebClient.Describe(uri)} gives no token");
    }
}
