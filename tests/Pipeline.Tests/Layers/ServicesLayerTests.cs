using ImageBuilder.Formats;
using ImageBuilder.Formats.Trees;
using ImageBuilder.Pipeline.Layers;
using ImageBuilder.Pipeline.Plan;

namespace ImageBuilder.Pipeline.Tests.Layers;

public class ServicesLayerTests
{
    [Fact]
    public void Enabling_links_a_unit_where_its_install_section_says()
    {
        var tree = Units(("a.service", "[Unit]\nWantedBy=no.target\n[Install]\nWantedBy=multi-user.target \\\n graphical.target\nRequiredBy=r.target\nAlias=b.service\nAlso=c.socket\n"), ("c.socket", "[Install]\nWantedBy=sockets.target\n"));
        Enable(tree, "a.service");
        Assert.Equal(
            [
                "/etc/systemd/system/b.service -> /usr/lib/systemd/system/a.service",
                "/etc/systemd/system/graphical.target.wants/a.service -> /usr/lib/systemd/system/a.service",
                "/etc/systemd/system/multi-user.target.wants/a.service -> /usr/lib/systemd/system/a.service",
                "/etc/systemd/system/r.target.requires/a.service -> /usr/lib/systemd/system/a.service",
                "/etc/systemd/system/sockets.target.wants/c.socket -> /usr/lib/systemd/system/c.socket",
            ],
            Links(tree));
    }

    [Theory]
    [InlineData("getty@tty2.service", "/etc/systemd/system/getty.target.wants/getty@tty2.service -> /usr/lib/systemd/system/getty@.service")]
    [InlineData("getty@.service", "/etc/systemd/system/getty.target.wants/getty@tty1.service -> /usr/lib/systemd/system/getty@.service")]
    public void A_template_is_enabled_as_the_instance(string unit, string link)
    {
        var tree = Units(("getty@.service", "[Install]\nWantedBy=getty.target\nDefaultInstance=tty1\n"));
        Enable(tree, unit);
        Assert.Equal([link], Links(tree));
    }

    [Fact]
    public void Disabling_takes_out_every_link_but_no_mask()
    {
        var tree = Units(("a.service", "[Install]\nWantedBy=multi-user.target\nAlias=b.service\n"), ("m.service", "[Install]\nWantedBy=x.target\n"));
        Enable(tree, "a.service");
        tree.Put("/etc/systemd/system/m.service", Node.Symlink("/dev/null"));
        ServicesLayer.Apply(Samples.Plan() with { Services = new ServicesPlan([], ["a.service"]) }, tree, Samples.Time);
        Assert.Equal(["/etc/systemd/system/m.service -> /dev/null"], Links(tree));
    }

    [Theory]
    [InlineData("ssh.timer", "IB4030", "did you mean ssh.service?")]
    [InlineData("gone.service", "IB4030", "no unit 'gone.service' in the image; install the package")]
    [InlineData("static.service", "IB4031", "no [Install] section")]
    public void A_unit_that_cannot_be_enabled_is_an_error_with_a_way_out(string unit, string id, string text)
    {
        var error = Assert.Throws<ImageException>(() => Enable(Units(("ssh.service", "[Install]\nWantedBy=a.target\n"), ("static.service", "[Unit]\n")), unit));
        Assert.Equal(id, error.Id);
        Assert.Contains(text, error.Message);
    }

    [ToolFact("systemctl")]
    public void The_links_are_those_that_systemctl_makes()
    {
        using var folder = new TempFolder();
        var units = Directory.CreateDirectory(folder["usr/lib/systemd/system"]).FullName;
        (string, string)[] files = [("a.service", "[Unit]\nDescription=a\n[Service]\nExecStart=/bin/true\n[Install]\nWantedBy=multi-user.target\nAlias=z.service\nAlso=b@x.service\n"), ("b@.service", "[Service]\nExecStart=/bin/true\n[Install]\nRequiredBy=%p-all.target\n")];
        foreach (var (name, text) in files)
            File.WriteAllText($"{units}/{name}", text);
        Tool.Run("systemctl", $"--root={folder.Path}", "enable", "a.service");
        var tree = Units(files);
        Enable(tree, "a.service");

        var theirs = Directory.EnumerateFiles(folder["etc/systemd/system"], "*", SearchOption.AllDirectories).Select(path => path[folder.Path.Length..]).Order(StringComparer.Ordinal);
        Assert.Equal(theirs, Links(tree).Select(link => link.Split(' ')[0]));
    }

    private static void Enable(Tree tree, string unit) => ServicesLayer.Apply(Samples.Plan() with { Services = new ServicesPlan([unit], []) }, tree, Samples.Time);

    private static Tree Units(params (string Name, string Text)[] units)
    {
        var tree = Samples.Debian();
        foreach (var (name, text) in units)
            tree.Put("/usr/lib/systemd/system/" + name, Node.File(text));
        return tree;
    }

    private static IEnumerable<string> Links(Tree tree) =>
        tree.Walk().Where(entry => entry.Path.StartsWith("/etc/systemd/", StringComparison.Ordinal) && entry.Node.Kind == NodeKind.Symlink).Select(entry => $"{entry.Path} -> {entry.Node.TargetText}");
}
