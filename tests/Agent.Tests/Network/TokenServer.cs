using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace ImageBuilder.Agent.Tests.Network;

/// <summary>
/// A registry's token server (distribution.github.io, "Token authentication specification"): who knows the password gets a JSON Web Token (RFC 7519), signed with ES256, for the
/// actions that he asks for. The registry believes it by the certificate in it (x5c, RFC 7515 4.1.6).
/// </summary>
internal sealed class TokenServer : IDisposable
{
    private const string Service = "test registry", Issuer = "test issuer";
    private readonly FileServer server;
    private readonly ECDsa key = ECDsa.Create();
    private readonly X509Certificate2 certificate;
    private readonly string bundle;

    /// <param name="authority">Signs: its certificate is what the registry trusts.</param>
    /// <param name="password">"USER:PASSWORD".</param>
    public TokenServer(TestAuthority authority, string password)
    {
        bundle = authority.Certificate;
        key.ImportFromPem(File.ReadAllText(authority.Key));
        certificate = X509Certificate2.CreateFromPem(File.ReadAllText(bundle));
        var expected = "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes(password));
        server = new FileServer("/nowhere") { Answer = request => request["Authorization"] == expected ? Grant(request.Path) : new FileAnswer { Status = 401, Body = [] } };
    }

    /// <summary>The registry's `auth`.</summary>
    public string Access => $"{{token: {{realm: '{server.Url}token', service: {Service}, issuer: {Issuer}, rootcertbundle: {bundle}}}}}";

    /// <summary>How often it was asked.</summary>
    public int Asked => server.Requests.Count;

    public void Dispose()
    {
        server.Dispose();
        certificate.Dispose();
        key.Dispose();
    }

    private FileAnswer Grant(string path)
    {
        var query = path.Split('?')[1].Split('&').Select(part => part.Split('=', 2)).ToLookup(part => part[0], part => Uri.UnescapeDataString(part[1].Replace('+', ' ')));
        Assert.Equal(Service, query["service"].Single());
        // repository:NAME:ACTION,ACTION
        var access = query["scope"].Select(scope => scope.Split(':')).Select(scope =>
            $$"""{"type":"{{scope[0]}}","name":"{{scope[1]}}","actions":[{{string.Join(',', scope[2].Split(',').Select(action => $"\"{action}\""))}}]}""");
        var now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        var token = Sign($$"""{"typ":"JWT","alg":"ES256","x5c":["{{Convert.ToBase64String(certificate.RawData)}}"]}""",
            $$"""{"iss":"{{Issuer}}","sub":"fleet","aud":"{{Service}}","exp":{{now + 300}},"nbf":{{now - 60}},"iat":{{now}},"jti":"1","access":[{{string.Join(',', access)}}]}""");
        return new FileAnswer { Body = Encoding.UTF8.GetBytes($$"""{"token":"{{token}}"}"""), Headers = ["Content-Type: application/json"] };
    }

    // RFC 7515 3.1: BASE64URL(header) "." BASE64URL(payload) "." BASE64URL(signature).
    private string Sign(string header, string payload)
    {
        var signed = $"{Text(Encoding.UTF8.GetBytes(header))}.{Text(Encoding.UTF8.GetBytes(payload))}";
        return $"{signed}.{Text(key.SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256))}";
        static string Text(byte[] bytes) => System.Buffers.Text.Base64Url.EncodeToString(bytes);
    }
}
