namespace ImageBuilder.Agent.Tests.Network;

/// <summary>An authority that openssl has made, and the certificate of a server at 127.0.0.1 that it has signed.</summary>
internal sealed class TestAuthority : IDisposable
{
    private readonly TempFolder folder = new();

    /// <param name="host">The name that the server's certificate is for, as openssl writes it.</param>
    /// <param name="days">How long it is right from now on; negative for one that has expired.</param>
    /// <param name="withIntermediate">Another authority in between has signed it.</param>
    public TestAuthority(string host = "IP:127.0.0.1", int days = 1, bool withIntermediate = false)
    {
        Tool.Run("openssl", ["req", "-x509", .. Curve, "-days", "2", "-subj", "/CN=test authority", "-keyout", Key, "-out", Certificate]);
        var signer = "ca";
        if (withIntermediate)
        {
            Sign("between", signer, "/CN=between", "basicConstraints=critical,CA:true\n", 2);
            signer = "between";
        }
        Sign("server", signer, "/CN=server", $"subjectAltName={host}\n", days);
        var (own, secret) = (File.ReadAllText(folder["server.pem"]), File.ReadAllText(folder["server.key"]));
        File.WriteAllText(Server, own + secret);
        File.WriteAllText(ServerWithChain, own + (withIntermediate ? File.ReadAllText(folder["between.pem"]) : "") + secret);
    }

    /// <summary>The authority's certificate, PEM.</summary>
    public string Certificate => folder["ca.pem"];

    /// <summary>Its key, PEM.</summary>
    public string Key => folder["ca.key"];

    /// <summary>The server's certificate and key in one file, PEM.</summary>
    public string Server => folder["both.pem"];

    /// <summary>The same behind the certificate of the authority in between.</summary>
    public string ServerWithChain => folder["chain.pem"];

    public void Dispose() => folder.Dispose();

    private static string[] Curve { get; } = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];

    private void Sign(string name, string by, string subject, string extensions, int days)
    {
        File.WriteAllText(folder["extensions"], extensions);
        Tool.Run("openssl", ["req", .. Curve, "-subj", subject, "-keyout", folder[$"{name}.key"], "-out", folder["request"]]);
        Tool.Run("openssl", "x509", "-req", "-in", folder["request"], "-CA", folder[$"{by}.pem"], "-CAkey", folder[$"{by}.key"], "-CAcreateserial",
            "-days", days.ToString(System.Globalization.CultureInfo.InvariantCulture), "-extfile", folder["extensions"], "-out", folder[$"{name}.pem"]);
    }
}
