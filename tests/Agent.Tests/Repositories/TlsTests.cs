using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using ImageBuilder.Agent.Repositories;
using ImageBuilder.Formats;

namespace ImageBuilder.Agent.Tests.Repositories;

/// <summary>Who is believed to be the server.</summary>
public sealed class TlsTests : IDisposable
{
    private readonly LayoutFixture layout = new();
    private readonly X509Certificate2 certificate = Certificate(DateTimeOffset.UtcNow.AddDays(1));

    public void Dispose()
    {
        certificate.Dispose();
        layout.Dispose();
    }

    [Fact]
    public void A_file_of_certificates_is_trusted_and_nothing_else()
    {
        using var server = new FileServer(layout.Path, certificate);
        File.WriteAllText(layout["ca.pem"], certificate.ExportCertificatePem());
        using (var repository = Repository.Open(server.Url, LayoutFixture.Options() with { CaFile = layout["ca.pem"] }))
            Assert.Equal(layout.Content, layout.Read(repository));
        using (var repository = Repository.Open(server.Url, LayoutFixture.Options()))
            Untrusted(repository);
        using var other = Certificate(DateTimeOffset.UtcNow.AddDays(1));
        File.WriteAllText(layout["other.pem"], other.ExportCertificatePem());
        using (var repository = Repository.Open(server.Url, LayoutFixture.Options() with { CaFile = layout["other.pem"] }))
            Untrusted(repository);
    }

    [Fact]
    public void An_expired_certificate_is_not_trusted()
    {
        using var old = Certificate(DateTimeOffset.UtcNow.AddDays(-1));
        using var server = new FileServer(layout.Path, old);
        File.WriteAllText(layout["ca.pem"], old.ExportCertificatePem());
        using var repository = Repository.Open(server.Url, LayoutFixture.Options() with { CaFile = layout["ca.pem"] });
        Untrusted(repository);
    }

    [Fact]
    public void A_redirect_from_https_to_http_is_not_followed()
    {
        using var plain = new FileServer(layout.Path);
        using var server = new FileServer(layout.Path, certificate) { Answer = request => new FileAnswer { Status = 302, Headers = [$"Location: {plain.Url}{request.Path}"], Body = [] } };
        File.WriteAllText(layout["ca.pem"], certificate.ExportCertificatePem());
        using var repository = Repository.Open(server.Url, LayoutFixture.Options() with { CaFile = layout["ca.pem"] });
        var error = Assert.Throws<ImageException>(() => layout.Read(repository));
        Assert.Equal("IB6126", error.Id);
        Assert.Contains("which is not encrypted", error.Message);
        Assert.Empty(plain.Requests);
    }

    [Theory]
    [InlineData("", "holds no certificate")]
    [InlineData("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "cannot be read")]
    public void A_wrong_file_of_certificates_is_refused(string text, string expected)
    {
        File.WriteAllText(layout["ca.pem"], text);
        var error = Assert.Throws<ImageException>(() => Repository.Open("https://127.0.0.1/", LayoutFixture.Options() with { CaFile = layout["ca.pem"] }));
        Assert.Equal("IB6127", error.Id);
        Assert.Contains(expected, error.Message);
    }

    private void Untrusted(IRepository repository)
    {
        var error = Assert.Throws<ImageException>(() => layout.Read(repository));
        Assert.Equal("IB6125", error.Id);
        Assert.Contains("certificate is not trusted", error.Message);
    }

    private static X509Certificate2 Certificate(DateTimeOffset until)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=test", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        return request.CreateSelfSigned(until.AddDays(-2), until);
    }
}
