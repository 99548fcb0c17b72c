namespace ImageBuilder.Agent.Repositories;

/// <summary>One challenge of WWW-Authenticate (RFC 9110, 11.6.1).</summary>
internal sealed class Challenge
{
    private readonly Dictionary<string, string> parameters = new(StringComparer.OrdinalIgnoreCase);
    private readonly string scheme;

    private Challenge(string scheme) => this.scheme = scheme;

    /// <summary>A parameter; null when it is not there.</summary>
    public string? this[string name] => parameters.GetValueOrDefault(name);

    public bool Is(string name) => scheme.Equals(name, StringComparison.OrdinalIgnoreCase);

    /// <summary>Reads the first challenge of a value; null when it is none.</summary>
    // challenge = auth-scheme 1*SP #( token BWS "=" BWS ( token / quoted-string ) )
    public static Challenge? TryParse(string text)
    {
        text = text.Trim();
        var end = text.IndexOf(' ', StringComparison.Ordinal);
        var challenge = new Challenge(end < 0 ? text : text[..end]);
        if (challenge.scheme.Length == 0)
            return null;
        for (var at = end < 0 ? text.Length : end; at < text.Length;)
        {
            while (at < text.Length && text[at] is ' ' or ',')
                at++;
            var equals = text.IndexOf('=', at);
            if (equals < 0)
                break;
            var name = text[at..equals].Trim();
            if (name.Contains(' ', StringComparison.Ordinal))
                break; // the next challenge begins
            at = equals + 1;
            while (at < text.Length && text[at] == ' ')
                at++;
            challenge.parameters[name] = at < text.Length && text[at] == '"' ? Quoted(text, ref at) : Token(text, ref at);
        }
        return challenge;
    }

    private static string Quoted(string text, ref int at)
    {
        var value = new System.Text.StringBuilder();
        for (at++; at < text.Length && text[at] != '"'; at++)
        {
            if (text[at] == '\\' && at + 1 < text.Length)
                at++;
            value.Append(text[at]);
        }
        at++;
        return value.ToString();
    }

    private static string Token(string text, ref int at)
    {
        var start = at;
        while (at < text.Length && text[at] is not (',' or ' '))
            at++;
        return text[start..at];
    }
}
