using ImageBuilder.Formats;
using ImageBuilder.Formats.Trees;
using ImageBuilder.Pipeline.Layers;
using ImageBuilder.Pipeline.Plan;

namespace ImageBuilder.Pipeline.Tests.Layers;

public class FilesLayerTests
{
    [Fact]
    public void Text_lands_with_the_plans_owner_mode_and_time()
    {
        var tree = Apply(Samples.Debian(), File("/srv/new/motd", "hello") with { Owner = "daemon", Group = "sudo", Mode = 0x1A0 });
        var node = tree.Find("/srv/new/motd")!;
        Assert.Equal((1u, 27u, (ushort)0x1A0, Samples.Time), (node.Uid, node.Gid, node.Mode, node.ModifiedTime));
        Assert.Equal("hello", Samples.Text(tree, "/srv/new/motd"));
    }

    [Fact]
    public void A_file_does_not_take_the_place_of_a_directory()
    {
        var error = Assert.Throws<ImageException>(() => Apply(Samples.Debian(), File("/usr", "x")));
        Assert.Equal(("IB2020", ImageErrorKind.Spec), (error.Id, error.Kind));
        Assert.Contains("/usr is a directory", error.Message);
    }

    [ToolFact("chmod")]
    public void A_folder_is_merged_and_only_the_executable_bit_is_taken_from_the_builder()
    {
        using var folder = new TempFolder();
        Directory.CreateDirectory(folder["app/lib"]);
        System.IO.File.WriteAllText(folder["app/run"], "#!/bin/sh\n");
        System.IO.File.WriteAllText(folder["app/lib/data"], "data");
        System.IO.File.CreateSymbolicLink(folder["app/link"], "run");
        Tool.Run("chmod", "0777", folder["app/run"]);
        Tool.Run("chmod", "0600", folder["app/lib/data"]);
        var tree = Samples.Debian();
        tree.Put("/opt/app/kept", Node.File("kept"));

        Apply(tree, new FilePlan { Path = "/opt/app", Source = folder["app"], Owner = "daemon", Origin = "a.yaml:1:1" });

        Assert.Equal(["/opt/app", "/opt/app/kept", "/opt/app/lib", "/opt/app/lib/data", "/opt/app/link", "/opt/app/run"],
            tree.Walk().Select(entry => entry.Path).Where(path => path.StartsWith("/opt/app", StringComparison.Ordinal)));
        Assert.Equal((ushort)0x1ED, tree.Find("/opt/app/run")!.Mode);
        Assert.Equal((ushort)0x1A4, tree.Find("/opt/app/lib/data")!.Mode);
        Assert.Equal((1u, Samples.Time), (tree.Find("/opt/app/lib/data")!.Uid, tree.Find("/opt/app/lib/data")!.ModifiedTime));
    }

    [Fact]
    public void A_folder_lands_behind_a_link_to_a_directory_and_does_not_replace_the_link()
    {
        using var folder = new TempFolder();
        Directory.CreateDirectory(folder["overlay/lock/app"]);
        System.IO.File.WriteAllText(folder["overlay/lock/app/x"], "x");
        var tree = Samples.Debian();
        tree.EnsureDirectory("/srv/lock");
        tree.Put("/var/lock", Node.Symlink("../srv/lock"));

        Apply(tree, new FilePlan { Path = "/var", Source = folder["overlay"], Owner = "root", Origin = "a.yaml:1:1" });

        Assert.Equal(NodeKind.Symlink, tree.Find("/var/lock")!.Kind);
        Assert.Equal("x", Samples.Text(tree, "/srv/lock/app/x"));
    }

    [Fact]
    public void Files_in_folders_count_among_what_the_spec_put_there()
    {
        using var folder = new TempFolder();
        Directory.CreateDirectory(folder["ssh"]);
        System.IO.File.WriteAllText(folder["ssh/ssh_host_ed25519_key"], "key");
        var plan = Samples.Plan() with
        {
            Files = [File("/etc/motd", "x"), new FilePlan { Path = "/etc/ssh", Source = folder["ssh"], Owner = "root", Origin = "a.yaml:1:1" }],
        };
        Assert.Equal(["/etc/motd", "/etc/ssh", "/etc/ssh/ssh_host_ed25519_key"], FilesLayer.Paths(plan).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void An_owner_is_looked_up_in_the_tree_never_on_the_builder()
    {
        var error = Assert.Throws<ImageException>(() => Apply(Samples.Debian(), File("/x", "x") with { Owner = "nobody" }));
        Assert.Equal(("IB4001", ImageErrorKind.Spec), (error.Id, error.Kind));
        Assert.Contains("a.yaml:1:1", error.Message);
    }

    [Fact]
    public void A_file_that_vanished_is_named()
    {
        var error = Assert.Throws<ImageException>(() => Apply(Samples.Debian(), new FilePlan { Path = "/x", Source = "/nonexistent/file", Owner = "root", Origin = "a.yaml:1:1" }));
        Assert.Equal("IB3030", error.Id);
        Assert.Contains("/nonexistent/file", error.Message);
    }

    [Fact]
    public void A_file_in_the_way_is_an_error_at_its_line_in_the_spec() =>
        Assert.Contains("a.yaml:1:1", Assert.Throws<ImageException>(() => Apply(Samples.Debian(), File("/etc/passwd/x", "x"))).Message);

    private static FilePlan File(string path, string text) => new() { Path = path, Content = text, Owner = "root", Origin = "a.yaml:1:1" };

    private static Tree Apply(Tree tree, FilePlan file)
    {
        FilesLayer.Apply(Samples.Plan() with { Files = [file] }, tree, Samples.Time);
        return tree;
    }
}
