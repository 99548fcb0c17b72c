using ImageBuilder.Formats.Trees;
using ImageBuilder.Pipeline.Layers;
using ImageBuilder.Update;

namespace ImageBuilder.Pipeline.Tests.Layers;

public class AgentUnitsTests
{
    [Fact]
    public void The_units_of_a_trial_are_in_the_image_and_enabled()
    {
        var tree = Samples.Debian();
        tree.EnsureDirectory("/usr/lib/systemd/system");
        AgentUnits.Apply(tree, hasUpdates: true, Samples.Time);
        foreach (var link in (string[])["sysinit.target.wants/imageagent-migrate.service", "sysinit.target.wants/imageagent-trial-limit.service", "emergency.target.wants/imageagent-trial-limit.service",
            "multi-user.target.wants/imageagent-trial.service", "sysinit.target.wants/imageagent-trial-collect.service", "timers.target.wants/imageagent-report.timer"])
            Assert.StartsWith("/usr/lib/systemd/system/imageagent-", tree.Find($"/etc/systemd/system/{link}")?.TargetText ?? link, StringComparison.Ordinal);
        Assert.Contains("RuntimeWatchdogSec=60\n", Samples.Text(tree, DevicePaths.WatchdogDropIn), StringComparison.Ordinal);
        foreach (var unit in (string[])["migrate", "trial", "trial-limit"])
            Assert.Contains($"ConditionPathExists={DevicePaths.Trial}\n", Samples.Text(tree, $"/usr/lib/systemd/system/imageagent-{unit}.service"), StringComparison.Ordinal);
        foreach (var unit in (string[])["update", "trial", "report", "verify"]) // those that reach servers, maybe through a proxy
            Assert.Contains("EnvironmentFile=-/etc/imagebuilder/environment\n", Samples.Text(tree, $"/usr/lib/systemd/system/imageagent-{unit}.service"), StringComparison.Ordinal);
    }

    [Fact]
    public void Where_nothing_is_tried_the_watchdog_is_left_alone()
    {
        var tree = Samples.Debian();
        tree.EnsureDirectory("/usr/lib/systemd/system");
        AgentUnits.Apply(tree, hasUpdates: false, Samples.Time);
        Assert.Null(tree.Find(DevicePaths.WatchdogDropIn));
        var bare = new Tree();
        AgentUnits.Apply(bare, hasUpdates: true, Samples.Time);
        Assert.Empty(bare.Walk()); // no systemd
    }

    [ToolFact("systemd-analyze")]
    public void The_units_are_what_systemd_takes()
    {
        using var folder = new TempFolder();
        var names = Templates.Names.Where(name => name.StartsWith("systemd/imageagent", StringComparison.Ordinal)).ToList();
        foreach (var name in names)
            File.WriteAllText(folder[Path.GetFileName(name)], Templates.ReadText(name).Replace(DevicePaths.Agent, "/bin/true", StringComparison.Ordinal));
        var (code, output, error) = Tool.TryRun("systemd-analyze", ["verify", "--man=no", .. names.Select(name => folder[Path.GetFileName(name)])]);
        Assert.True(code == 0 && !error.Contains(folder.Path, StringComparison.Ordinal), output + error);
    }
}
