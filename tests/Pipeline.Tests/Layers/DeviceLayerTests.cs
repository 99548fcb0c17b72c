using ImageBuilder.Formats;
using ImageBuilder.Formats.Trees;
using ImageBuilder.Pipeline.Layers;
using ImageBuilder.Pipeline.Plan;
using ImageBuilder.Update;

namespace ImageBuilder.Pipeline.Tests.Layers;

public class DeviceLayerTests
{
    private static readonly BuildPlan Persistent = Samples.Plan() with
    {
        Upper = new UpperPlan("persistent", "50%") { Limit = 1 << 30, Snapshots = 2, MemoryOnFailure = true },
        Persist = ["/home", "/var/lib/app/data"],
        Writable = [new WritableArea("/var/log", 64 << 20)],
    };

    [Fact]
    public void The_boot_program_reads_in_the_image_what_the_spec_says()
    {
        var tree = Finished(Persistent with { Reserve = 5 });
        var settings = ImageSettings.Parse(tree.Find(ImageSettings.Path)!.Content.ToArray());
        Assert.Equal(("sample", "1.0.0", "persistent", "50%", 1L << 30, 5L, 2, true), (settings.Name, settings.Version, settings.Upper, settings.UpperSize, settings.UpperLimit, settings.Reserve, settings.Snapshots, settings.MemoryOnUpperFailure));
        Assert.Equal(["/home", "/var/lib/app/data"], settings.Persist);
        Assert.Equal([("/var/log", 64L << 20)], settings.Writable);
    }

    [Fact]
    public void Room_for_an_update_is_kept_on_a_disk_and_not_on_a_stick()
    {
        var disk = Persistent with { Outputs = [OutputKind.Disk] };
        Assert.InRange(Reserve(disk), 60 << 20, 60 << 20);
        Assert.Equal(100 << 20, Reserve(disk with { Compression = new CompressionPlan("none", 0) }));
        Assert.Equal(0, Reserve(Persistent));
        Assert.Equal(7, Reserve(Persistent with { Reserve = 7 }));

        static long Reserve(BuildPlan plan)
        {
            var tree = new Tree();
            tree.Put("/file", Node.File(Content.From(new byte[100 << 20])));
            tree.Put("/link", tree.Find("/file")!);
            return DeviceLayer.Settings(plan, tree).Reserve;
        }
    }

    [Fact]
    public void Mount_points_are_made_and_those_that_are_there_stay_as_they_are()
    {
        var tree = Samples.Debian();
        tree.Find("/home")!.Mode = UnixMode.Octal0700;
        DeviceLayer.Finish(Persistent, tree, Samples.Time);
        Assert.Equal(UnixMode.Octal0700, tree.Find("/home")!.Mode);
        Assert.Equal(UnixMode.Octal0755, tree.Find("/var/lib/app/data")!.Mode);
        Assert.Equal(UnixMode.Octal0755, tree.Find("/var/log")!.Mode);
        Assert.Equal(UnixMode.Octal0700, tree.Find(DevicePaths.Identity)!.Mode);
    }

    [Theory]
    [InlineData("/bin/app", "IB5153", "/usr/bin/app")]
    [InlineData("/etc/passwd", "IB5152", "/etc/passwd is a file")]
    [InlineData("/etc/passwd/x", "IB5152", "/etc/passwd is a file")]
    public void A_mount_point_that_is_none_is_refused_with_a_way_out(string path, string id, string wayOut)
    {
        var error = Assert.Throws<ImageException>(() => DeviceLayer.Finish(Persistent with { Persist = [path] }, Samples.Debian(), Samples.Time));
        Assert.Equal(id, error.Id);
        Assert.Contains(wayOut, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_agent_is_in_the_image_with_its_units_or_not_at_all()
    {
        var tree = Samples.Debian();
        DeviceLayer.Apply(Persistent, tree, null, Samples.Time);
        Assert.Null(tree.Find(DevicePaths.Agent));
        DeviceLayer.Apply(Persistent, tree, Content.From("agent"), Samples.Time);
        Assert.Equal((UnixMode.Octal0755, "agent"), (tree.Find(DevicePaths.Agent)!.Mode, Samples.Text(tree, DevicePaths.Agent)));
    }

    [Fact]
    public void A_login_shows_the_boot_programs_notice_where_there_is_pam()
    {
        var tree = Samples.Debian();
        DeviceLayer.Apply(Persistent, tree, null, Samples.Time);
        Assert.Null(tree.Find("/etc/motd.d/imagebuilder"));
        tree.EnsureDirectory("/etc/pam.d");
        DeviceLayer.Apply(Persistent, tree, null, Samples.Time);
        Assert.Equal(DevicePaths.Notice, tree.Find("/etc/motd.d/imagebuilder")!.TargetText);
    }

    [Fact]
    public void Ssh_host_keys_lie_with_the_identity_only_where_it_is_kept_and_sshd_reads_drop_ins()
    {
        Assert.DoesNotContain(DevicePaths.Identity, Unit(Samples.Plan(), "Include /etc/ssh/sshd_config.d/*.conf\n", out var dropIn), StringComparison.Ordinal);
        Assert.False(dropIn);
        Assert.DoesNotContain(DevicePaths.Identity, Unit(Persistent, "UsePAM yes\n", out dropIn), StringComparison.Ordinal);
        Assert.False(dropIn);
        Assert.Contains(DevicePaths.Identity, Unit(Persistent, "# comment\nInclude /etc/ssh/sshd_config.d/*.conf\n", out dropIn), StringComparison.Ordinal);
        Assert.True(dropIn);

        static string Unit(BuildPlan plan, string config, out bool dropIn)
        {
            var tree = WithSshServer(config);
            SshHostKeys.Apply(plan, tree, Samples.Time);
            dropIn = tree.Find("/etc/ssh/sshd_config.d/00-imagebuilder-host-keys.conf") is not null;
            return Samples.Text(tree, "/etc/systemd/system/multi-user.target.wants/imagebuilder-ssh-host-keys.service");
        }
    }

    [ToolFact("ssh-keygen", "systemd-analyze", "sh")]
    public void The_unit_makes_the_keys_that_sshd_is_told_of_and_makes_only_those_that_are_missing()
    {
        using var folder = new TempFolder();
        var tree = WithSshServer("Include /etc/ssh/sshd_config.d/*.conf\n");
        SshHostKeys.Apply(Persistent, tree, Samples.Time);
        var unit = Samples.Text(tree, "/etc/systemd/system/imagebuilder-ssh-host-keys.service");
        File.WriteAllText(folder["keys.service"], unit);
        Tool.Run("systemd-analyze", "verify", "--man=no", folder["keys.service"]);

        // What systemd.service(5), "COMMAND LINES", makes of the line.
        var line = unit.Split('\n').Single(text => text.StartsWith("ExecStart=", StringComparison.Ordinal));
        var script = line[(line.IndexOf('\'', StringComparison.Ordinal) + 1)..^1].Replace("$$", "$", StringComparison.Ordinal).Replace(DevicePaths.Identity, folder["identity"], StringComparison.Ordinal);
        Directory.CreateDirectory(folder["identity"]);
        File.WriteAllText(folder["identity/ssh_host_rsa_key.new"], "torn by a power cut");
        Tool.Run("sh", "-euc", script);
        var told = Samples.Text(tree, "/etc/ssh/sshd_config.d/00-imagebuilder-host-keys.conf").Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(text => Path.GetFileName(text.Split(' ')[1])).Order();
        Assert.Equal(told.SelectMany(name => new[] { name, name + ".pub" }).Order(), Directory.GetFiles(folder["identity"]).Select(Path.GetFileName).Order());

        var first = File.ReadAllText(folder["identity/ssh_host_ed25519_key"]);
        File.Delete(folder["identity/ssh_host_rsa_key"]);
        Tool.Run("sh", "-euc", script);
        Assert.Equal(first, File.ReadAllText(folder["identity/ssh_host_ed25519_key"]));
        Assert.True(File.Exists(folder["identity/ssh_host_rsa_key"]));
    }

    private static Tree Finished(BuildPlan plan)
    {
        var tree = Samples.Debian();
        DeviceLayer.Apply(plan, tree, null, Samples.Time);
        DeviceLayer.Finish(plan, tree, Samples.Time);
        return tree;
    }

    private static Tree WithSshServer(string config)
    {
        var tree = Samples.Debian();
        tree.Put("/usr/sbin/sshd", Node.File("sshd"));
        tree.Put("/etc/ssh/sshd_config", Node.File(config));
        tree.EnsureDirectory("/usr/lib/systemd/system");
        return tree;
    }
}
