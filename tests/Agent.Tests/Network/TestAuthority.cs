namespace ImageBuilder.Agent.Tests.Network;

/// <summary>An authority that openssl has made, and the certificate of a server at 127.0.0.1 that it has signed.</summary>
internal sealed class TestAuthority : IDisposable
{
    private readonly TempFolder folder = new();

    public TestAuthority()
    {
        Tool.Run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=test authority", "-keyout", Key, "-out", Certificate);
        Tool.Run("openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=server", "-keyout", folder["server.key"], "-out", folder["server.csr"]);
        File.WriteAllText(folder["names"], "subjectAltName=IP:127.0.0.1\n");
        Tool.Run("openssl", "x509", "-req", "-in", folder["server.csr"], "-CA", Certificate, "-CAkey", Key, "-CAcreateserial", "-days", "1", "-extfile", folder["names"], "-out", folder["server.crt"]);
        File.WriteAllText(Server, File.ReadAllText(folder["server.crt"]) + File.ReadAllText(folder["server.key"]));
    }

    /// <summary>The authority's certificate, PEM.</summary>
    public string Certificate => folder["ca.pem"];

    /// <summary>Its key, PEM.</summary>
    public string Key => folder["ca.key"];

    /// <summary>The server's certificate and key in one file, PEM.</summary>
    public string Server => folder["server.pem"];

    public void Dispose() => folder.Dispose();
}
