using ImageBuilder.Formats;
using ImageBuilder.Formats.Trees;
using ImageBuilder.Pipeline.Layers;
using ImageBuilder.Pipeline.Plan;

namespace ImageBuilder.Pipeline.Tests.Layers;

public class UsersLayerTests
{
    [Fact]
    public void A_new_user_gets_an_entry_everywhere_a_home_and_no_password_that_works()
    {
        var tree = Apply(Samples.User("ada") with { Groups = ["sudo"], Comment = "Ada" });

        Assert.Contains("ada:x:1000:1000:Ada:/home/ada:/bin/bash\n", Samples.Text(tree, "/etc/passwd"));
        Assert.Contains("ada:x:1000:\n", Samples.Text(tree, "/etc/group"));
        Assert.Contains("sudo:x:27:ada\n", Samples.Text(tree, "/etc/group"));
        Assert.Contains("sudo:*::ada\n", Samples.Text(tree, "/etc/gshadow"));
        Assert.Contains($"ada:!:{Samples.Time / 86400}:", Samples.Text(tree, "/etc/shadow"));
        var home = tree.Find("/home/ada")!;
        Assert.Equal((1000u, 1000u, (ushort)0x1C0), (home.Uid, home.Gid, home.Mode));
        Assert.Equal(1000u, tree.Find("/home/ada/.profile")!.Uid);
    }

    [Fact]
    public void A_user_id_that_another_group_has_as_its_number_does_not_make_the_user_its_member()
    {
        var tree = Apply(Samples.User("ada") with { Uid = 27 });
        Assert.Contains("ada:x:27:1000::/home/ada:", Samples.Text(tree, "/etc/passwd"));
        Assert.Contains("ada:x:1000:\n", Samples.Text(tree, "/etc/group"));
    }

    [Fact]
    public void Owner_and_mode_of_shadow_stay_as_the_distribution_set_them()
    {
        var shadow = Apply(Samples.User("ada")).Find("/etc/shadow")!;
        Assert.Equal(((ushort)0x1A0, 42u), (shadow.Mode, shadow.Gid));
    }

    [ToolFact("openssl")]
    public void A_password_becomes_a_SHA512_hash_that_openssl_agrees_with_and_is_the_same_every_time()
    {
        string Hash(string version) => Samples.Text(Apply(Samples.Plan() with { Version = version, Users = [Samples.User("root") with { Password = "pass word" }] }), "/etc/shadow").Split(':')[1];

        var hash = Hash("1");
        Assert.Equal(hash, Hash("1"));
        Assert.NotEqual(hash, Hash("2"));
        var parts = hash.Split('$');
        Assert.Equal("6", parts[1]);
        Assert.Equal(hash, Tool.Run("openssl", "passwd", "-6", "-salt", parts[2], "pass word").Trim());
    }

    [Fact]
    public void Keys_are_for_the_user_alone()
    {
        var tree = Apply(Samples.User("ada") with { SshKeys = ["ssh-ed25519 AAAA a", "ssh-ed25519 BBBB b"] });
        Assert.Equal("ssh-ed25519 AAAA a\nssh-ed25519 BBBB b\n", Samples.Text(tree, "/home/ada/.ssh/authorized_keys"));
        Assert.Equal(((ushort)0x180, 1000u), (tree.Find("/home/ada/.ssh/authorized_keys")!.Mode, tree.Find("/home/ada/.ssh/authorized_keys")!.Uid));
        Assert.Equal((ushort)0x1C0, tree.Find("/home/ada/.ssh")!.Mode);
    }

    [Fact]
    public void Roots_own_home_is_left_as_it_is_when_it_gets_a_password_hash()
    {
        var tree = Apply(Samples.User("root") with { PasswordHash = "$y$hash" });
        Assert.StartsWith("root:$y$hash:", Samples.Text(tree, "/etc/shadow"), StringComparison.Ordinal);
        Assert.Null(tree.Find("/root/.profile"));
    }

    [Fact]
    public void Automatic_login_is_a_drop_in_for_screen_and_serial_line()
    {
        var tree = Samples.Debian();
        tree.Put("/usr/lib/systemd/system/getty@.service", Node.File("[Service]\n"));
        UsersLayer.Apply(Samples.Plan() with { Users = [Samples.User("ada") with { Autologin = true }] }, tree, Samples.Time);
        Assert.Contains("--autologin ada", Samples.Text(tree, "/etc/systemd/system/getty@tty1.service.d/autologin.conf"));
        Assert.Contains("--autologin ada", Samples.Text(tree, "/etc/systemd/system/serial-getty@.service.d/autologin.conf"));
    }

    [Fact]
    public void A_shell_may_be_one_of_the_specs_own_files() =>
        Assert.Contains(":/usr/bin/kiosk\n", Samples.Text(Apply(Samples.Plan() with
        {
            Users = [Samples.User("guest") with { Shell = "/usr/bin/kiosk" }],
            Files = [new FilePlan { Path = "/usr/bin/kiosk", Content = "#!/bin/sh\n", Owner = "root", Origin = "x.yaml:1:1" }],
        }), "/etc/passwd"));

    [Fact]
    public void What_cannot_be_is_refused_by_name()
    {
        Assert.Equal("IB4002", Refused(Samples.User("ada") with { Groups = ["wheel"] }));
        Assert.Equal("IB4006", Refused(Samples.User("ada") with { Uid = 1 }));
        Assert.Equal("IB4007", Refused(Samples.User("root") with { Uid = 5 }));
        Assert.Equal("IB4008", Refused(Samples.User("ada") with { Shell = "/bin/fish" }));
        Assert.Equal("IB4009", Refused(Samples.User("ada") with { Autologin = true }));
    }

    private static string Refused(UserPlan user) => Assert.Throws<ImageException>(() => Apply(user)).Id;

    private static Tree Apply(UserPlan user) => Apply(Samples.Plan() with { Users = [user] });

    private static Tree Apply(BuildPlan plan)
    {
        var tree = Samples.Debian();
        UsersLayer.Apply(plan, tree, Samples.Time);
        return tree;
    }
}
