using ImageBuilder.Formats;

namespace ImageBuilder.Agent.Repositories;

/// <summary>The URL of a repository, without the secrets that may have stood in it.</summary>
/// <param name="Base">http or https; the path ends in '/'. Of a registry HOST/v2/NAME/.</param>
/// <param name="Credentials">What stood before the host; null for nothing.</param>
/// <param name="IsRegistry">An OCI registry; else files.</param>
/// <param name="Name">What to call it: as it was given, without credentials.</param>
internal sealed record RepositoryAddress(Uri Base, Credentials? Credentials, bool IsRegistry, string Name)
{
    /// <summary>Reads a URL; null when it is none, but a path.</summary>
    /// <exception cref="ImageException">IB6126: it is one, and wrong.</exception>
    public static RepositoryAddress? TryParse(string text)
    {
        var end = text.IndexOf("://", StringComparison.Ordinal);
        if (end < 0)
            return null;
        var (scheme, isRegistry) = text[..end].ToLowerInvariant() switch
        {
            "http" => (Uri.UriSchemeHttp, false),
            "https" => (Uri.UriSchemeHttps, false),
            "oci" => (Uri.UriSchemeHttps, true),
            "oci+http" => (Uri.UriSchemeHttp, true),
            _ => throw new ImageException(ImageErrorKind.Spec, "IB6126", $"'{text[..end]}://' is no kind of repository; there are http://, https://, oci:// and oci+http:// (a registry without TLS), and paths"),
        };
        var prefix = text[..(end + 3)];
        if (!Uri.TryCreate($"{scheme}://{text[prefix.Length..]}", UriKind.Absolute, out var uri) || uri.Host.Length == 0)
            throw Wrong(prefix, "expected HOST, HOST/PATH or HOST:PORT/PATH behind it");
        var path = uri.AbsolutePath.Trim('/');
        if (uri.Query.Length > 0 || uri.Fragment.Length > 0)
            throw Wrong(prefix + uri.Authority, "a repository's address has no '?' and no '#', since names of files are put behind it");
        if (isRegistry && path.Length == 0)
            throw Wrong(prefix + uri.Authority, $"the repository's name is missing: {prefix}{uri.Authority}/NAME");
        var start = new UriBuilder(scheme, uri.Host, uri.Port, (isRegistry ? "/v2/" : "/") + (path.Length > 0 ? path + "/" : "")).Uri;
        return new RepositoryAddress(start, Credentials.FromUserInfo(uri.UserInfo), isRegistry, $"{prefix}{uri.Authority}{(path.Length > 0 ? "/" + path : "")}");
    }

    private static ImageException Wrong(string where, string what) => new(ImageErrorKind.Spec, "IB6126", $"{where}: {what}");
}
