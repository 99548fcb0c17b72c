namespace ImageBuilder.Agent.Repositories.Http;

/// <summary>A proxy of the environment, as curl and wget read it: http_proxy, https_proxy, all_proxy, no_proxy, and all but the first also in capital letters (a CGI's HTTP_PROXY is a field of a request).</summary>
/// <param name="Address">Where it is; of its path nothing is read.</param>
/// <param name="Credentials">Its user and password; null for none.</param>
internal sealed record HttpProxy(Uri Address, Credentials? Credentials)
{
    /// <summary>The proxy for an address; null when there is none.</summary>
    /// <param name="target">What is asked for.</param>
    /// <param name="variable">The value of a variable of the environment; null when it is not set.</param>
    /// <exception cref="Formats.ImageException">IB6127: the variable names no proxy that can be used.</exception>
    public static HttpProxy? For(Uri target, Func<string, string?> variable)
    {
        string? Find(string name) => variable(name) is { Length: > 0 } value ? value : name != "http_proxy" && variable(name.ToUpperInvariant()) is { Length: > 0 } other ? other : null;
        var name = target.Scheme + "_proxy";
        if (Find(name) is not { } text)
        {
            name = "all_proxy";
            if (Find(name) is not { } all)
                return null;
            text = all;
        }
        if (Find("no_proxy") is { } exceptions && IsException(target, exceptions))
            return null;
        if (!Uri.TryCreate(text.Contains("://", StringComparison.Ordinal) ? text : "http://" + text, UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https") || address.Host.Length == 0)
            throw new Formats.ImageException(Formats.ImageErrorKind.Spec, "IB6127", $"the environment's {name} is no proxy that can be used; expected http://HOST:PORT, https://HOST:PORT or HOST:PORT, with USER:PASSWORD@ before the host when it asks for them");
        return new HttpProxy(address, Repositories.Credentials.FromUserInfo(address.UserInfo));
    }

    /// <summary>Whether one of the names is the host, or a domain that it is in; a port in the list must be the address's.</summary>
    private static bool IsException(Uri target, string names)
    {
        var host = target.IdnHost;
        foreach (var part in names.Split(','))
        {
            var name = part.Trim();
            if (name == "*")
                return true;
            if (name.StartsWith('[') && name.EndsWith(']'))
                name = name[1..^1];
            else if (name.IndexOf(':', StringComparison.Ordinal) is > 0 and var colon && name.LastIndexOf(':') == colon)
            {
                if (name[(colon + 1)..] != target.Port.ToString(System.Globalization.CultureInfo.InvariantCulture))
                    continue;
                name = name[..colon];
            }
            name = name.TrimStart('.');
            if (name.Length > 0 && host.EndsWith(name, StringComparison.OrdinalIgnoreCase) && (host.Length == name.Length || host[^(name.Length + 1)] == '.'))
                return true;
        }
        return false;
    }
}
