using ImageBuilder.Update.Data;

namespace ImageBuilder.Agent.Tests.Health;

/// <summary>Migration hooks (UPDATE.md, fault 22). Needs root.</summary>
public class MigrationTests
{
    private static readonly string Home = DataLayout.Persisted("/home");
    private static readonly string Copies = MigrationCopies.FolderOf(1);

    [RootFact("mksquashfs")]
    public void Hooks_run_once_per_trial_after_what_they_change_was_copied()
    {
        using var bench = new TrialBench();
        var home = bench.System.Data + Home;
        File.WriteAllText($"{home}/data", "old");
        bench.Script("/usr/lib/imagebuilder/migrate.d/10-app", $"# imagebuilder-persist: /home/ada /home\ncp {bench.System.Data}{Copies}/home/data {home}/seen && echo new > {home}/data; echo $IMAGEBUILDER_VERSION >> {home}/runs");
        Assert.True(bench.Migration.Run());
        Assert.Equal(("new\n", "old", "old", "1.1.0\n"), (Read("data"), Read("seen"), File.ReadAllText($"{bench.System.Data}{Copies}/home/data"), Read("runs")));
        Assert.True(bench.Migration.Run()); // a second start of the same trial
        Assert.Equal("1.1.0\n", Read("runs"));
        Assert.Empty(bench.Events);
        Assert.True(File.Exists($"{bench.Left}/boot.json"));

        string Read(string name) => File.ReadAllText($"{home}/{name}");
    }

    [RootTheory("mksquashfs")]
    [InlineData("# imagebuilder-persist: /home\necho half; exit 7", "migration hook 10-app ended with exit code 7")]
    [InlineData("# imagebuilder-persist: /etc\nexit 0", "migration hook 10-app declares /etc, which is not in a persisted folder (persist:)")]
    [InlineData("# imagebuilder-persist: /homer\nexit 0", "migration hook 10-app declares /homer, which is not in a persisted folder (persist:)")]
    public void A_hook_that_fails_ends_the_trial(string script, string reason)
    {
        using var bench = new TrialBench();
        bench.Script("/usr/lib/imagebuilder/migrate.d/10-app", script);
        Assert.False(bench.Migration.Run());
        Assert.Equal(["restart, urgent"], bench.Events.Skip(1));
        Assert.StartsWith($"fail: {reason[..40]}", bench.Events[0]);
        Assert.Contains(reason, bench.System.Agent("status").Output);
    }

    [RootFact("mksquashfs")]
    public void Without_hooks_nothing_is_copied()
    {
        using var bench = new TrialBench();
        Assert.True(bench.Migration.Run());
        Assert.False(Directory.Exists(bench.System.Data + Copies));
        Assert.Empty(bench.Events);
    }

    [RootFact("mksquashfs")]
    public void Half_migrated_data_is_not_migrated_further()
    {
        using var bench = new TrialBench();
        bench.Script("/usr/lib/imagebuilder/migrate.d/10-app", "# imagebuilder-persist: /home\nexit 0");
        Directory.CreateDirectory($"{bench.System.Data}{Copies}/home"); // hooks may have begun, and this boot's Init has not put it back
        Assert.Contains("IB6160", Assert.Throws<Formats.ImageException>(() => bench.Migration.Run()).Id);
    }
}
