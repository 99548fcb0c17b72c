using ImageBuilder.Formats.Trees;
using ImageBuilder.Pipeline.Layers;
using ImageBuilder.Pipeline.Plan;

namespace ImageBuilder.Pipeline.Tests.Layers;

public class BuilderTracesTests
{
    private static readonly string[] Unwanted =
    [
        "/etc/ssh/ssh_host_ed25519_key", "/etc/ssh/ssh_host_ed25519_key.pub", "/etc/resolv.conf", "/var/lib/systemd/random-seed", "/boot/initrd.img-6.12",
        "/var/lib/apt/lists/deb_dists_trixie_InRelease", "/var/cache/apt/pkgcache.bin", "/var/cache/apt/archives/x.deb", "/var/log/dpkg.log", "/etc/passwd-",
    ];

    [Fact]
    public void What_belongs_to_one_machine_or_to_the_builder_goes_and_the_rest_stays()
    {
        var tree = Dirty();
        BuilderTraces.Remove(Samples.Plan(), tree, Samples.Time, new HashSet<string>());
        Assert.Equal([], Unwanted.Where(path => tree.Find(path) is not null));
        Assert.Equal("", Samples.Text(tree, "/etc/machine-id"));
        Assert.NotNull(tree.Find("/etc/ssh/sshd_config"));
        Assert.NotNull(tree.Find("/var/lib/apt/lists/partial"));
        Assert.NotNull(tree.Find("/boot/vmlinuz-6.12"));
    }

    [Fact]
    public void Package_lists_stay_when_the_spec_says_so()
    {
        var tree = Dirty();
        BuilderTraces.Remove(Samples.Plan() with { Keep = new KeepPlan(Apt: true, Kernel: false) }, tree, Samples.Time, new HashSet<string>());
        Assert.NotNull(tree.Find("/var/lib/apt/lists/deb_dists_trixie_InRelease"));
        Assert.Null(tree.Find("/etc/ssh/ssh_host_ed25519_key"));
    }

    [Fact]
    public void What_the_spec_itself_put_there_stays()
    {
        var tree = Dirty();
        BuilderTraces.Remove(Samples.Plan(), tree, Samples.Time, new HashSet<string> { "/etc/resolv.conf", "/etc/ssh/ssh_host_ed25519_key", "/etc/machine-id" });
        Assert.Equal("/etc/resolv.conf", Samples.Text(tree, "/etc/resolv.conf"));
        Assert.NotNull(tree.Find("/etc/ssh/ssh_host_ed25519_key"));
        Assert.Equal("builder's", Samples.Text(tree, "/etc/machine-id"));
    }

    [Fact]
    public void With_systemd_resolved_the_resolver_file_is_its_link()
    {
        var tree = Dirty();
        tree.Put("/usr/lib/systemd/systemd-resolved", Node.File("elf"));
        BuilderTraces.Remove(Samples.Plan(), tree, Samples.Time, new HashSet<string>());
        Assert.Equal("../run/systemd/resolve/stub-resolv.conf", tree.Find("/etc/resolv.conf")!.TargetText);
    }

    private static Tree Dirty()
    {
        var tree = Samples.Debian();
        foreach (var path in Unwanted.Concat(["/etc/ssh/sshd_config", "/boot/vmlinuz-6.12"]))
            tree.Put(path, Node.File(path));
        tree.EnsureDirectory("/var/lib/apt/lists/partial");
        tree.Put("/etc/machine-id", Node.File("builder's"));
        return tree;
    }
}
