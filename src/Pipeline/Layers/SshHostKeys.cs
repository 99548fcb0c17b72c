using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Pipeline.Layers;

/// <summary>Images ship no ssh host keys; where there is an ssh server, a unit makes them at boot before it starts.</summary>
internal static class SshHostKeys
{
    private const string Unit = "imagebuilder-ssh-host-keys.service";

    public static void Apply(Tree tree, long time)
    {
        if (tree.Resolve("/usr/sbin/sshd") is null || tree.Resolve("/usr/lib/systemd/system") is null)
            return;
        var file = Node.File(Templates.ReadText("systemd/" + Unit));
        var link = Node.Symlink("/etc/systemd/system/" + Unit);
        (file.ModifiedTime, link.ModifiedTime) = (time, time);
        tree.Put("/etc/systemd/system/" + Unit, file);
        tree.Put("/etc/systemd/system/multi-user.target.wants/" + Unit, link);
    }
}
