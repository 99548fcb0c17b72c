using System.Security.Cryptography;
using System.Text;
using ImageBuilder.Formats.Trees;
using ImageBuilder.Pipeline.Inspection.Audit;
using ImageBuilder.Pipeline.Layers;

namespace ImageBuilder.Pipeline.Tests.Inspection.Audit;

public class FileChecksTests
{
    private const ushort SetUid0755 = 0b100_111_101_101;
    private const ushort Sticky0777 = 0b001_111_111_111;
    private const ushort All0666 = 0b110_110_110;

    [Fact]
    public void Files_and_folders_that_everybody_may_write_are_found()
    {
        var tree = new Tree();
        Put(tree, "/tmp", Node.Directory(), Sticky0777);
        Put(tree, "/srv/open", Node.Directory(), UnixMode.Octal0777);
        Put(tree, "/srv/notes", Node.File("x"), All0666);
        Put(tree, "/etc/profile", Node.File("x"), All0666);
        Put(tree, "/srv/run", Node.File("x"), UnixMode.Octal0777);
        tree.Put("/link", Node.Symlink("tmp"));

        Assert.Equal(["high AU0401 /etc/profile", "high AU0401 /srv/run", "medium AU0402 /srv/notes", "medium AU0403 /srv/open"], Audited.Findings(tree));
    }

    [Fact]
    public void Programs_with_more_rights_are_known_by_the_package_that_brought_them()
    {
        var tree = new Tree();
        Put(tree, "/usr/bin/su", Node.File("su"), SetUid0755);
        Put(tree, "/usr/bin/changed", Node.File("changed by somebody"), SetUid0755);
        Put(tree, "/usr/local/bin/backdoor", Node.File("x"), SetUid0755);
        var ping = Node.File("ping");
        ping.Xattrs["security.capability"] = [1, 0, 0, 2, 0, 0x20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]; // cap_net_raw
        Put(tree, "/usr/local/bin/ping", ping, UnixMode.Octal0755);
        Put(tree, "/usr/local/bin/loose", Node.File("x"), 0b100_111_111_111);
        Put(tree, "/usr/share/not-a-program", Node.File("x"), 0b010_110_100_100);
        tree.Put("/bin", Node.Symlink("usr/bin"));
        tree.Put("/var/lib/dpkg/status", Node.File("Package: tools\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1\n\n"));
        tree.Put("/var/lib/dpkg/info/tools.list", Node.File("/bin/su\n/usr/bin/changed\n"));
        tree.Put("/var/lib/dpkg/info/tools.md5sums", Node.File($"{Md5("su")}  bin/su\n{Md5("as shipped")}  usr/bin/changed\n"));

        Assert.Equal(["high AU0401 /usr/local/bin/loose", "high AU0502 /usr/local/bin/backdoor", "high AU0503 /usr/bin/changed", "high AU0504 /usr/local/bin/loose", "medium AU0502 /usr/local/bin/ping"], Audited.Findings(tree));
        Assert.Equal("it runs as root, as the package tools ships it", Audited.Only(tree, "AU0501").Why);
        Assert.Contains("with cap_net_raw,", Assert.Single(Audited.Run(tree).Findings, finding => finding.Subject == "/usr/local/bin/ping").Why, StringComparison.Ordinal);
    }

    [Fact]
    public void Accounts_that_anybody_can_use_are_found()
    {
        var tree = new Tree();
        tree.Put("/etc/passwd", Node.File("""
            root:x:0:0::/root:/bin/bash
            toor:x:0:0::/root:/bin/bash
            empty:x:1000:1000::/home/empty:/bin/bash
            nobody:x:65534:65534::/:/usr/sbin/nologin
            ada:x:1001:1001::/home/ada:/bin/bash
            strong:x:1002:1002::/home/strong:/bin/bash
            old:$1$abcdefgh$G4Lx0l6Ih4b1xn.Z7OQvb/:1003:1003::/home/old:/bin/bash
            """));
        tree.Put("/etc/shadow", Node.File($"""
            root:{Crypt.Hash("live", "1")}:1::::::
            toor:!{Crypt.Hash("live", "2")}:1::::::
            empty::1::::::
            nobody::1::::::
            ada:{Crypt.Hash("ada", "3")}:1::::::
            strong:{Crypt.Hash("a long sentence that nobody guesses", "4")}:1::::::
            """));
        tree.Find("/etc/shadow")!.Mode = UnixMode.Octal0640;
        tree.Put("/etc/systemd/system/getty@tty1.service.d/autologin.conf", Node.File("[Service]\nExecStart=\nExecStart=-/sbin/agetty --autologin ada --noclear %I $TERM\n"));

        Assert.Equal(["high AU0601 empty", "high AU0602 ada", "high AU0602 root", "high AU0603 toor", "high AU0604 old", "medium AU0605 old", "low AU0601 nobody", "low AU0606 ada"], Audited.Findings(tree));
        Assert.Contains("'live'", Assert.Single(Audited.Run(tree).Findings, finding => finding is { Id: "AU0602", Subject: "root" }).Why, StringComparison.Ordinal);
        tree.Find("/etc/shadow")!.Mode = UnixMode.Octal0644;
        Assert.Equal("/etc/shadow", Audited.Only(tree, "AU0607").Subject);
    }

    [Fact]
    public void Findings_are_accepted_by_id_or_by_id_and_subject()
    {
        var tree = new Tree();
        Put(tree, "/a", Node.File("x"), All0666);
        Put(tree, "/b", Node.File("x"), All0666);
        var result = Audited.Run(tree, "AU0402:/a", "AU9999");

        Assert.Equal("/b", Assert.Single(result.Findings, finding => finding.Id == "AU0402").Subject);
        Assert.Equal("/a", Assert.Single(result.Accepted).Subject);
        Assert.Equal(["AU9999"], result.UselessIgnores);
        Assert.Equal(2, Audited.Run(tree, "AU0402").Accepted.Count);
    }

    [Fact]
    public void Keys_and_identities_of_one_machine_are_found()
    {
        var tree = new Tree();
        const string Key = "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZW\n";
        tree.Put("/etc/ssh/ssh_host_ed25519_key", Node.File(Key));
        tree.Put("/etc/ssh/ssh_host_ed25519_key.pub", Node.File("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGmQ7Tz7bkx9oTtBqJY0h9k3kqC6gk1G9Zb5J9r2b2hQ root@host\n"));
        tree.Put("/root/.ssh/id_rsa", Node.File(Key.Replace("OPENSSH", "RSA", StringComparison.Ordinal)));
        tree.Put("/root/.ssh/authorized_keys", Node.File("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGmQ7Tz7bkx9oTtBqJY0h9k3kqC6gk1G9Zb5J9r2b2hQ ada@desk\n"));
        tree.Put("/etc/machine-id", Node.File("0123456789abcdef0123456789abcdef\n"));
        tree.Put("/var/lib/systemd/random-seed", Node.File("seed"));

        Assert.Equal(["high AU0801 /etc/ssh/ssh_host_ed25519_key", "high AU0802 /root/.ssh/id_rsa", "medium AU0804 /var/lib/systemd/random-seed", "medium AU0901 /etc/machine-id"], Audited.Findings(tree));
        Assert.Equal("/root/.ssh/authorized_keys", Audited.Only(tree, "AU0803").Subject);
        tree.Put("/etc/machine-id", Node.File(""));
        Assert.DoesNotContain(Audited.Findings(tree), finding => finding.Contains("AU0901", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("", "medium AU0702 PasswordAuthentication")]
    [InlineData("PermitRootLogin yes\n", "high AU0701 PermitRootLogin,medium AU0702 PasswordAuthentication")]
    [InlineData("PermitRootLogin yes\nPasswordAuthentication no\n", "medium AU0701 PermitRootLogin")]
    [InlineData("PasswordAuthentication no\nPasswordAuthentication yes\n", "")]
    [InlineData("PasswordAuthentication no\nUsePAM yes\n", "medium AU0702 PasswordAuthentication")]
    [InlineData("PasswordAuthentication no\nKbdInteractiveAuthentication no\nUsePAM yes\n", "")]
    [InlineData("PasswordAuthentication=no\nPermitEmptyPasswords \"yes\"\n", "high AU0703 PermitEmptyPasswords")]
    [InlineData("PasswordAuthentication no\nMatch User ada\n  PasswordAuthentication yes\n", "medium AU0704 Match User ada")]
    [InlineData("PasswordAuthentication no\nMatch User ada\n  X11Forwarding no\nMatch all\nPermitRootLogin yes\n", "medium AU0701 PermitRootLogin")]
    [InlineData("Include sshd_config.d/*.conf\nPasswordAuthentication yes\n", "")]
    [InlineData("PasswordAuthentication yes\nInclude /etc/ssh/sshd_config.d/*.conf\n", "medium AU0702 PasswordAuthentication")]
    public void The_ssh_servers_configuration_is_read_as_the_server_reads_it(string config, string expected)
    {
        var tree = new Tree();
        tree.Put("/usr/sbin/sshd", Node.File("sshd"));
        tree.Put("/etc/ssh/sshd_config", Node.File(config));
        tree.Put("/etc/ssh/sshd_config.d/10-keys.conf", Node.File("PasswordAuthentication no\n"));
        tree.Put("/etc/passwd", Node.File("root:x:0:0::/root:/bin/bash\n"));
        tree.Put("/etc/shadow", Node.File($"root:{Crypt.Hash("a long sentence that nobody guesses", "1")}:1::::::\n"));
        tree.Find("/etc/shadow")!.Mode = UnixMode.Octal0640;

        Assert.Equal(expected, string.Join(',', Audited.Findings(tree)));
    }

    [Fact]
    public void The_text_shows_the_worst_first_with_its_remedy_and_counts_at_the_end()
    {
        var tree = new Tree();
        Put(tree, "/etc/a", Node.File("x"), All0666);
        var text = AuditText.Write(Audited.Run(tree));

        Assert.StartsWith("high    AU0401  /etc/a: everybody may write this file (mode 0666)", text, StringComparison.Ordinal);
        Assert.Contains("\n        → scripts: [{ run: \"chmod o-w '/etc/a'\" }]", text, StringComparison.Ordinal);
        Assert.EndsWith("1 high, 0 medium, 0 low, 1 info\n", text, StringComparison.Ordinal);
        Assert.Equal("AU0401", System.Text.Json.JsonDocument.Parse(AuditText.ToJson(Audited.Run(tree))).RootElement.GetProperty("findings")[0].GetProperty("id").GetString());
    }

    private static void Put(Tree tree, string path, Node node, ushort mode)
    {
        node.Mode = mode;
        tree.Put(path, node);
    }

#pragma warning disable CA5351 // dpkg keeps MD5 digests
    private static string Md5(string text) => Convert.ToHexStringLower(MD5.HashData(Encoding.UTF8.GetBytes(text)));
#pragma warning restore CA5351
}
