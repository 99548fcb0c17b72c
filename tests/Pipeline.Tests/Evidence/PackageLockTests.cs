using ImageBuilder.Formats;
using ImageBuilder.Formats.Trees;
using ImageBuilder.Pipeline.Evidence;
using ImageBuilder.Pipeline.Plan;
using ImageBuilder.Pipeline.Sources;

namespace ImageBuilder.Pipeline.Tests.Evidence;

public sealed class PackageLockTests : IDisposable
{
    private readonly TempFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_lock_reads_back_as_it_was_written_and_has_one_package_a_line()
    {
        var made = LockedBase.Make(Samples.Plan(), Base());
        File.WriteAllText(folder["live.lock"], made.ToText());
        var read = PackageLock.Read(PackageLock.PathFor(folder["live.yaml"]));
        Assert.Equal(made.ToText(), read.ToText());
        Assert.Equal((Samples.Time, "deb.debian.org_debian_dists_trixie"), (read.Epoch, read.Archives[0].Name));
        Assert.Single(File.ReadAllLines(folder["live.lock"]), line => line.Contains("\"nano\"", StringComparison.Ordinal) && line.Contains(new string('a', 64), StringComparison.Ordinal));
        Assert.Equal(["nano 8.4-1 (amd64)", "grub 2 (amd64)"], read.FromArchives.Select(package => package.ToString()));
        LockedBase.Check(read, made);
    }

    [Fact]
    public void A_spec_that_asks_for_something_else_is_told_what()
    {
        var plan = Samples.Plan();
        var made = LockedBase.Make(plan, Base());
        made.Check(plan with { Hostname = "other" });
        var error = Assert.Throws<ImageException>(() => made.Check(plan with { Packages = [.. plan.Packages, "vim"], Base = (DebianBase)plan.Base with { Suite = "sid" } }));
        Assert.Equal("IB5311", error.Id);
        Assert.Contains("+ package vim", error.Message);
        Assert.Contains("+ suite sid", error.Message);
        Assert.Contains("- suite trixie", error.Message);
    }

    [Fact]
    public void Every_package_that_differs_from_the_lock_is_named()
    {
        var wanted = LockedBase.Make(Samples.Plan(), Base());
        var found = LockedBase.Make(Samples.Plan(), Base("8.5-1"));
        var error = Assert.Throws<ImageException>(() => LockedBase.Check(wanted with { Packages = [.. wanted.Packages, new LockedPackage("gone", "1", "all", null)] },
            found with { Packages = [.. found.Packages, new LockedPackage("new", "2", "all", null)], BootLoader = [wanted.BootLoader[0] with { Sha256 = new string('f', 64) }] }));
        Assert.Equal("IB5314", error.Id);
        foreach (var part in (string[])["nano 8.4-1 (amd64) is there in version 8.5-1", "gone 1 (all) is missing", "new 2 (all) is not in the lock", "boot loader: grub 2 (amd64) has SHA-256 ffff"])
            Assert.Contains(part, error.Message);
    }

    /// <summary>Locks that somebody has edited by hand, or merged.</summary>
    [Theory]
    [InlineData("{\"lock\":1,\"epoch\":1,\"requested\":[],\"archives\":[],\"packages\":[]}", "'bootLoader' is missing, or no array")]
    [InlineData("{\"lock\":1,\"epoch\":1,\"requested\":null,\"archives\":[],\"packages\":[],\"bootLoader\":[]}", "'requested' is missing, or no array")]
    [InlineData("{\"lock\":1,\"epoch\":-5,\"requested\":[],\"archives\":[],\"packages\":[],\"bootLoader\":[]}", "'epoch' is -5; expected")]
    [InlineData("{\"lock\":1,\"epoch\":\"now\",\"requested\":[],\"archives\":[],\"packages\":[],\"bootLoader\":[]}", "'epoch' is missing, or no number")]
    [InlineData("<<<<<<< HEAD\n{}", "'<' is an invalid start")]
    public void What_is_wrong_with_a_lock_is_said(string text, string expected)
    {
        File.WriteAllText(folder["live.lock"], text);
        Assert.Contains(expected, Assert.Throws<ImageException>(() => PackageLock.Read(folder["live.lock"])).Message, StringComparison.Ordinal);
    }

    [ToolFact("mkfifo")]
    public void A_lock_that_is_a_named_pipe_is_refused_without_waiting_for_a_writer()
    {
        Tool.Run("mkfifo", folder["live.lock"]);
        Assert.Equal("IB5313", Assert.Throws<ImageException>(() => PackageLock.Read(folder["live.lock"])).Id);
    }

    [Theory]
    [InlineData(null, "IB5312")]
    [InlineData("", "IB5313")]
    [InlineData("[]", "IB5313")]
    [InlineData("{}", "IB5313")]
    [InlineData("{\"lock\":2,\"epoch\":1,\"requested\":[],\"archives\":[],\"packages\":[],\"bootLoader\":[]}", "IB5313")]
    [InlineData("{\"lock\":1,\"epoch\":1,\"requested\":[],\"archives\":[],\"packages\":[null],\"bootLoader\":[]}", "IB5313")]
    [InlineData("{\"lock\":1,\"epoch\":1,\"requested\":[],\"archives\":[],\"packages\":[{\"name\":\"a\\n b\",\"version\":\"1\",\"architecture\":\"all\"}],\"bootLoader\":[]}", "IB5313")]
    public void What_is_no_lock_is_an_error(string? text, string id)
    {
        if (text is not null)
            File.WriteAllText(folder["live.lock"], text);
        Assert.Equal(id, Assert.Throws<ImageException>(() => PackageLock.Read(folder["live.lock"])).Id);
    }

    [Fact]
    public void A_lock_leaves_the_plans_identity_alone()
    {
        var plan = Samples.Plan();
        Assert.Equal(PlanHash.Of(plan), PlanHash.Of(plan with { Lock = LockedBase.Make(plan, Base()) }));
    }

    private static BaseTree Base(string version = "8.4-1")
    {
        var (root, notes) = (new Tree(), new Tree());
        root.Put("/var/lib/dpkg/status", Node.File($"Package: nano\nStatus: install ok installed\nVersion: {version}\nArchitecture: amd64\n\nPackage: own\nStatus: install ok installed\nVersion: 1\nArchitecture: all\n"));
        notes.Put("/packages", Node.File($"Package: nano\nVersion: {version}\nArchitecture: amd64\nSHA256: {new string('a', 64)}\n"));
        notes.Put("/boot-packages", Node.File($"Package: grub\nVersion: 2\nArchitecture: amd64\nSHA256: {new string('b', 64)}\n"));
        notes.Put("/archives", Node.File($"Archive: deb.debian.org_debian_dists_trixie\nDate: Sat, 15 Nov 2025 10:00:00 UTC\nSHA256: {new string('c', 64)}\n"));
        return new BaseTree(root, new Tree(), DateTimeOffset.FromUnixTimeSeconds(Samples.Time), new MemoryStream()) { Notes = notes };
    }
}
