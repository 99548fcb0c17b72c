using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Pipeline.Inspection.Audit;

/// <summary>Keys and seeds that everybody who has the image has too.</summary>
internal sealed class SecretsCheck : IAuditCheck
{
    private const int LargestKey = 64 << 10;
    private const int LooksLike = 256; // a key file says so in its first lines

    // What only one machine should have, random(4), systemd-creds(1).
    private static readonly string[] Seeds = ["/var/lib/systemd/random-seed", "/var/lib/systemd/credential.secret", "/var/lib/urandom/random-seed"];

    public IEnumerable<Finding> Run(AuditTarget target)
    {
        var head = new byte[LooksLike];
        foreach (var (path, node) in target.Tree.Walk())
        {
            // Keys that packages bring (examples, tests) are everybody's already.
            if (node.Kind != NodeKind.File || node.Content.Length is < 64 or > LargestKey || target.Owners.ContainsKey(path))
                continue;
            var bytes = head.AsSpan(0, (int)Math.Min(LooksLike, node.Content.Length));
            node.Content.Read(0, bytes);
            if (bytes.IndexOf("-----BEGIN "u8) is >= 0 and var at && bytes[at..].IndexOf("PRIVATE KEY-----"u8) > 0)
                yield return path.StartsWith("/etc/ssh/ssh_host_", StringComparison.Ordinal)
                    ? new Finding("AU0801", Severity.High, path, "every machine that boots this image has the same ssh host key, and so has everybody who downloads it", "remove it; images built by this program make host keys at boot")
                    : new Finding("AU0802", Severity.High, path, "everybody who has the image has this private key", "remove it from the image; let the machine make or fetch it at boot");
            else if (path.EndsWith("/.ssh/authorized_keys", StringComparison.Ordinal) || path.EndsWith("/.ssh/authorized_keys2", StringComparison.Ordinal))
                yield return new Finding("AU0803", Severity.Info, path, "whoever has one of these keys can log in over ssh, when there is a server", "");
        }
        foreach (var path in Seeds)
            if (target.Tree.Find(path) is { Kind: NodeKind.File } seed && seed.Content.Length > 0)
                yield return new Finding("AU0804", Severity.Medium, path, "every machine that boots this image starts from the same secret", "remove it; systemd makes it at boot");
    }
}
