using System.Text;
using ImageBuilder.Formats.Trees;
using ImageBuilder.Pipeline.Plan;
using ImageBuilder.Update;

namespace ImageBuilder.Pipeline.Layers;

/// <summary>
/// Images ship no ssh host keys; where there is an ssh server, a unit makes them at boot before it starts. Where the device keeps something, they
/// lie with its identity, and outlive resets.
/// </summary>
internal static class SshHostKeys
{
    private const string Unit = "imagebuilder-ssh-host-keys.service";
    private const string DropIns = "/etc/ssh/sshd_config.d";

    /// <summary>As in sshd_config(5), the first HostKey of a type counts, and Debian's configuration reads the drop-ins first.</summary>
    private const string DropIn = DropIns + "/00-imagebuilder-host-keys.conf";
    private static readonly string[] Types = ["ed25519", "ecdsa", "rsa"];

    public static void Apply(BuildPlan plan, Tree tree, long time)
    {
        if (tree.Resolve("/usr/sbin/sshd") is null || tree.Resolve("/usr/lib/systemd/system") is null)
            return;
        var kept = plan.KeepsData && ReadsDropIns(tree);
        Put("/etc/systemd/system/" + Unit, Node.File(Templates.ReadText("systemd/" + (kept ? "imagebuilder-ssh-host-keys-kept.service" : Unit))));
        Put("/etc/systemd/system/multi-user.target.wants/" + Unit, Node.Symlink("/etc/systemd/system/" + Unit));
        if (kept)
            Put(DropIn, Node.File(string.Concat(Types.Select(type => $"HostKey {DevicePaths.Identity}/ssh_host_{type}_key\n"))));

        void Put(string path, Node node)
        {
            node.ModifiedTime = time;
            tree.Put(path, node);
        }
    }

    private static bool ReadsDropIns(Tree tree) =>
        tree.Resolve("/etc/ssh/sshd_config") is { Kind: NodeKind.File } config
        && Encoding.UTF8.GetString(config.Content.ToArray()).Split('\n').Any(line => line.Trim().StartsWith($"Include {DropIns}/", StringComparison.OrdinalIgnoreCase));
}
