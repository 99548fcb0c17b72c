using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using ImageBuilder.Agent.Repositories.Http;
using ImageBuilder.Formats;

namespace ImageBuilder.Agent.Repositories;

/// <summary>
/// HTTP/1.1 (RFC 9112) as repositories and reports need it: GET, POST, ranges, redirects, proxies (http_proxy, https_proxy, all_proxy, no_proxy), TLS. One request at a time. What
/// a server does wrong ends in an error; none is repeated here.
/// </summary>
internal sealed class WebClient : IDisposable
{
    private const int MaxRedirects = 5;
    private static readonly string UserAgent = $"imageagent/{typeof(WebClient).Assembly.GetName().Version!.ToString(3)}";
    private readonly RepositoryOptions options;
    private readonly Http11Client client;

    /// <param name="options">Time-outs, limits, certificates.</param>
    /// <param name="credentials">Sent where a caller asks for them.</param>
    /// <exception cref="ImageException">IB6127: the file of certificates cannot be used.</exception>
    public WebClient(RepositoryOptions options, Credentials? credentials)
    {
        (this.options, Credentials) = (options, credentials);
        client = new Http11Client(new HttpConnector(Trust(options.CaFile ?? (File.Exists(RepositoryOptions.DefaultCaFile) ? RepositoryOptions.DefaultCaFile : null))));
    }

    public Credentials? Credentials { get; }

    /// <summary>Asks for a resource. Redirects are followed, but none from https to http; Authorization goes to the first host only.</summary>
    /// <param name="uri">What is wanted.</param>
    /// <param name="offset">The first byte that is wanted; the answer may be the whole all the same.</param>
    /// <param name="authorization">The value of Authorization; null for none.</param>
    /// <param name="accept">Media types; null for any.</param>
    /// <param name="cancel">Stops waiting, also in the body.</param>
    /// <returns>The answer, of any status but a redirect and those that may pass.</returns>
    /// <exception cref="TransientException">No answer, or one of the statuses that may pass.</exception>
    /// <exception cref="ImageException">IB6125 TLS, IB6126 a redirect that is not followed.</exception>
    public WebAnswer Get(Uri uri, long offset, string? authorization, string? accept, CancellationToken cancel)
    {
        var target = uri;
        for (var redirects = 0; ; redirects++)
        {
            var answer = Send(target, offset, SameOrigin(uri, target) ? authorization : null, accept, cancel);
            switch (answer.Status)
            {
                case 301 or 302 or 303 or 307 or 308 when answer.Location is { } location:
                    answer.Dispose();
                    target = Follow(target, location, redirects);
                    continue;
                case 408 or 425 or 429 or >= 500 and not 501 and not 505:
                    using (answer)
                        throw new TransientException($"{Describe(target)}: the server answers {answer.Text}", answer.RetryAfter);
                default:
                    return answer;
            }
        }
    }

    /// <summary>Gives a server JSON. Redirects are not followed: the body would go to whom nobody has named.</summary>
    /// <exception cref="TransientException">No answer.</exception>
    /// <exception cref="ImageException">IB6125 TLS.</exception>
    public WebAnswer Post(Uri uri, byte[] json, CancellationToken cancel) => Send(uri, 0, null, null, cancel, json);

    public void Dispose() => client.Dispose();

    /// <summary>A URL for messages: what stands behind '?' may be a secret.</summary>
    public static string Describe(Uri uri) => $"{uri.Scheme}://{uri.Authority}{uri.AbsolutePath}";

    private WebAnswer Send(Uri target, long offset, string? authorization, string? accept, CancellationToken cancel, byte[]? json = null)
    {
        if (target.Scheme == Uri.UriSchemeHttps)
            RequireTls(Describe(target));
        var request = new HttpRequest(json is null ? "GET" : "POST", target, json);
        request.Add("User-Agent", UserAgent);
        request.Add("Accept-Encoding", "identity"); // a range is one of the bytes that have the digest
        if (accept is not null)
            request.Add("Accept", accept);
        if (authorization is not null)
            request.Add("Authorization", authorization);
        if (json is not null)
            request.Add("Content-Type", "application/json");
        if (offset > 0)
            request.Add("Range", $"bytes={offset}-");
        var clock = new Patience(options, Describe(target), cancel);
        try
        {
            return new WebAnswer(clock.Await(token => client.SendAsync(request, token)), target, clock);
        }
        catch (Exception error)
        {
            clock.Dispose();
            if (error is IOException or InvalidDataException or SocketException or AuthenticationException or NotSupportedException)
                throw Explain(target, error);
            throw;
        }
    }

    private static Uri Follow(Uri from, Uri location, int redirects)
    {
        if (!Uri.TryCreate(from, location, out var to))
            throw new ImageException(ImageErrorKind.Unsupported, "IB6126", $"{Describe(from)} redirects to what is no address");
        if (to.Scheme != Uri.UriSchemeHttp && to.Scheme != Uri.UriSchemeHttps)
            throw new ImageException(ImageErrorKind.Unsupported, "IB6126", $"{Describe(from)} redirects to '{to.Scheme}:', which is not followed");
        if (from.Scheme == Uri.UriSchemeHttps && to.Scheme == Uri.UriSchemeHttp)
            throw new ImageException(ImageErrorKind.Unsupported, "IB6126", $"{Describe(from)} redirects to {Describe(to)}, which is not encrypted; name the address that is wanted in the repository's URL");
        if (redirects == MaxRedirects)
            throw new ImageException(ImageErrorKind.LimitExceeded, "IB6126", $"{Describe(from)} redirects again, after {MaxRedirects} times; the last is to {Describe(to)}");
        return to;
    }

    public static bool SameOrigin(Uri a, Uri b) => HttpConnector.OriginOf(a) == HttpConnector.OriginOf(b);

    /// <summary>What an exception of the framework means.</summary>
    public static ImageException Explain(Uri target, Exception error)
    {
        var where = Describe(target);
        for (var cause = error; cause is not null; cause = cause.InnerException)
            switch (cause)
            {
                case AuthenticationException:
                    return new ImageException(ImageErrorKind.Io, "IB6125",
                        $"{where}: the server's certificate is not trusted ({cause.Message.TrimEnd('.')}); the clock, the package ca-certificates and the authority have to fit: --ca-file FILE or {RepositoryOptions.DefaultCaFile} names another one", error);
                case NotSupportedException:
                    return new ImageException(ImageErrorKind.Unsupported, "IB6125", $"{where}: its TLS asks for something that this program was built without (Trimming.xml): {cause.Message}", error);
                case SocketException socket:
                    return new TransientException($"{where} cannot be reached: {(socket.SocketErrorCode == SocketError.HostNotFound ? $"the name {target.Host} is not known" : socket.Message)}", inner: error);
                case InvalidDataException:
                    return new TransientException($"{where}: the server's answer is no HTTP/1.1: {cause.Message}", inner: error);
            }
        return new TransientException($"{where}: the connection broke: {error.Message}", inner: error);
    }

    /// <summary>The framework's TLS is OpenSSL's, which it loads when it is first needed, and without which it ends the process.</summary>
    private static void RequireTls(string where)
    {
        if (!NativeLibrary.TryLoad("libssl.so.3", out _) && !NativeLibrary.TryLoad("libssl.so.1.1", out _))
            throw new ImageException(ImageErrorKind.Unsupported, "IB6125", $"{where}: TLS needs the shared library libssl.so.3, which was not found; install the package libssl3 (in images: packages: [libssl3, ca-certificates]), or use http://, which is as safe for updates, since they are signed");
    }

    /// <summary>Whom to believe: the system's authorities, or those of a file and nobody else.</summary>
    private static X509ChainPolicy Trust(string? file)
    {
        // Revocation lists and missing certificates would be fetched from elsewhere.
        var policy = new X509ChainPolicy { RevocationMode = X509RevocationMode.NoCheck, DisableCertificateDownloads = true };
        if (file is null)
            return policy;
        policy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        try
        {
            RequireTls(file);
            // ImportFromPem looks into each certificate by itself before OpenSSL does, with 77 KB of the program.
            var text = File.ReadAllText(file).AsSpan();
            for (; PemEncoding.TryFind(text, out var fields); text = text[fields.Location.End..])
                if (text[fields.Label] is "CERTIFICATE")
                    policy.CustomTrustStore.Add(X509CertificateLoader.LoadCertificate(Convert.FromBase64String(text[fields.Base64Data].ToString())));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new ImageException(ImageErrorKind.Spec, "IB6127", $"the file of certificates {file} cannot be read: {error.Message}", error);
        }
        return policy.CustomTrustStore.Count > 0 ? policy
            : throw new ImageException(ImageErrorKind.Spec, "IB6127", $"{file} holds no certificate; expected PEM, '-----BEGIN CERTIFICATE-----'");
    }
}
