using ImageBuilder.Formats.Trees;
using ImageBuilder.Pipeline.Layers;
using ImageBuilder.Pipeline.Plan;

namespace ImageBuilder.Pipeline.Tests.Layers;

public class UpdateStampsTests
{
    [Fact]
    public void Both_folders_are_as_new_as_usr()
    {
        var tree = Apply(Samples.Plan());
        foreach (var path in (string[])["/etc/.updated", "/var/.updated"])
        {
            Assert.Equal(Samples.Time - 5, tree.Find(path)!.ModifiedTime);
            Assert.EndsWith($"\nTIMESTAMP_NSEC={Samples.Time - 5}000000000\n", Samples.Text(tree, path));
        }
    }

    [Theory]
    [InlineData("/etc/sysusers.d/app.conf")]
    [InlineData("/usr/lib/sysusers.d/app.conf")]
    [InlineData("/etc/ld.so.conf.d/app.conf")]
    [InlineData("/usr/local/lib/libapp.so.1")]
    [InlineData("/etc/udev/hwdb.d/60-app.hwdb")]
    public void What_systemd_has_to_look_at_leaves_them_out(string path) =>
        Assert.Null(Apply(Samples.Plan() with { Files = [new FilePlan { Path = path, Content = "", Owner = "root", Origin = "" }] }).Find("/etc/.updated"));

    [Fact]
    public void So_do_scripts_that_run_last_and_systems_that_others_made()
    {
        Assert.Null(Apply(Samples.Plan() with { Scripts = [new ScriptPlan("true", ScriptStage.Final, "")] }).Find("/etc/.updated"));
        Assert.NotNull(Apply(Samples.Plan() with { Scripts = [new ScriptPlan("true", ScriptStage.Base, "")] }).Find("/etc/.updated"));
        Assert.Null(Apply(Samples.Plan() with { Base = new TarBase("/root.tar") }).Find("/etc/.updated"));
    }

    private static Tree Apply(BuildPlan plan)
    {
        var tree = new Tree();
        tree.Put("/usr/lib/systemd/systemd", Node.File(""));
        tree.Put("/etc/passwd", Node.File(""));
        tree.Put("/var/lib/dpkg/status", Node.File(""));
        tree.Find("/usr")!.ModifiedTime = Samples.Time - 5;
        UpdateStamps.Apply(plan, tree);
        return tree;
    }
}
