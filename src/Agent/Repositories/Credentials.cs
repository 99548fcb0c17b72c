using System.Text;
using System.Text.Json;
using ImageBuilder.Formats;

namespace ImageBuilder.Agent.Repositories;

/// <summary>A user and a password. Never a part of a message.</summary>
internal sealed class Credentials(string user, string password)
{
    private const int MaxAuthFile = 1 << 20;

    /// <summary>The value of Authorization (RFC 7617).</summary>
    public string ToBasic() => $"Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{password}"))}";

    /// <summary>Of a URL's "user:password"; null when it is empty.</summary>
    public static Credentials? FromUserInfo(string text)
    {
        if (text.Length == 0)
            return null;
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        return colon < 0 ? new(Uri.UnescapeDataString(text), "") : new(Uri.UnescapeDataString(text[..colon]), Uri.UnescapeDataString(text[(colon + 1)..]));
    }

    /// <summary>Those of the URL, or those that the file of credentials has for its host; null for none.</summary>
    /// <exception cref="ImageException">IB6127: the file cannot be read.</exception>
    public static Credentials? For(RepositoryAddress address, RepositoryOptions options)
    {
        if (address.Credentials is not null)
            return address.Credentials;
        var file = options.AuthFile ?? (File.Exists(RepositoryOptions.DefaultAuthFile) ? RepositoryOptions.DefaultAuthFile : null);
        return file is null ? null : Find(file, address.Base.Authority);
    }

    private static Credentials? Find(string file, string host)
    {
        try
        {
            if (new FileInfo(file).Length > MaxAuthFile)
                throw new FormatException($"longer than {MaxAuthFile} bytes");
            using var json = JsonDocument.Parse(File.ReadAllBytes(file));
            foreach (var entry in json.RootElement.GetProperty("auths").EnumerateObject())
                if (HostOf(entry.Name).Equals(host, StringComparison.OrdinalIgnoreCase) && entry.Value.TryGetProperty("auth", out var auth))
                {
                    var pair = Encoding.UTF8.GetString(Convert.FromBase64String(auth.GetString() ?? ""));
                    var colon = pair.IndexOf(':', StringComparison.Ordinal);
                    return colon >= 0 ? new(pair[..colon], pair[(colon + 1)..]) : throw new FormatException($"'auth' of {entry.Name} is not the base64 of user:password");
                }
            return null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ImageException(ImageErrorKind.Io, "IB6127", $"the file of credentials {file} cannot be read: {error.Message}", error);
        }
        catch (Exception error) when (error is JsonException or FormatException or InvalidOperationException or KeyNotFoundException)
        {
            // The parser's own words may hold a part of a secret.
            throw new ImageException(ImageErrorKind.Spec, "IB6127", $"{file} is no file of credentials; expected {{\"auths\": {{\"HOST\": {{\"auth\": base64 of \"user:password\"}}}}}}, as `docker login` and `skopeo login` write it", error);
        }
    }

    /// <summary>"host" of "host", "https://host/v1/" and the like.</summary>
    private static string HostOf(string key)
    {
        var start = key.IndexOf("://", StringComparison.Ordinal);
        return key[(start < 0 ? 0 : start + 3)..].Split('/')[0];
    }
}
