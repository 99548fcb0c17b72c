using ImageBuilder.Pipeline.Repositories;
using ImageBuilder.Update.Signatures;

namespace ImageBuilder.Pipeline.Tests.Repositories;

/// <summary>The real `imagebuilder publish`, killed in the middle (kill -9, by strace, at a chosen call on a chosen file), and twice at once.</summary>
public sealed class KilledPublishTests(KilledPublishTests.Published published) : IClassFixture<KilledPublishTests.Published>, IDisposable
{
    private readonly TempFolder folder = new();

    private string Repository => folder["repository"];

    public void Dispose() => folder.Dispose();

    /// <summary>A key, two images, and a repository with the first of them.</summary>
    public sealed class Published : IDisposable
    {
        public Published()
        {
            if (!IsBuilt())
                return;
            Tool.Run(BuiltProgram.Builder, "keygen", Folder["release"], "--no-password");
            SampleDisk.Write(Folder["1.img"], [PublishTests.Base()], "1");
            SampleDisk.Write(Folder["2.img"], [PublishTests.Base(2)], "2", "another kernel");
            Tool.Run(BuiltProgram.Builder, Arguments(Folder, "1.img", Folder["repository"]));
        }

        internal TempFolder Folder { get; } = new();

        public void Dispose() => Folder.Dispose();
    }

    // .new-0 is the boot set or the patch, then come documents and signatures; the names of the file that is being replaced are FORMAT.md's.
    [ToolTheory("strace")]
    [InlineData("blobs/sha256/.new-0", "openat")]
    [InlineData("blobs/sha256/.new-1", "pwrite64")]
    [InlineData("blobs/sha256/.new-1", "rename")]
    [InlineData("blobs/sha256/.new-5", "pwrite64")]
    [InlineData("index.json.new", "pwrite64")]
    [InlineData("index.json.new", "rename")]
    public void A_publication_that_is_killed_leaves_the_old_one_and_the_next_goes_through(string file, string call)
    {
        if (!IsBuilt())
            return;
        Tool.Run("cp", "-a", published.Folder["repository"], Repository);
        var index = Index();
        Kill("2.img", file, call);
        Assert.Equal(index, Index());
        RequireWhole(errorsOnly: true);
        Publish("2.img", "--keep", "9");
        Assert.NotEqual(index, Index());
        RequireWhole(errorsOnly: false);
    }

    [ToolTheory("strace")]
    [InlineData("index.json.new", "rename")]
    [InlineData("oci-layout.new", "rename")]
    public void So_does_the_first(string file, string call)
    {
        if (!IsBuilt())
            return;
        Kill("1.img", file, call);
        Publish("1.img", "--keep", "9");
        RequireWhole(errorsOnly: false);
    }

    [Fact]
    public async Task Of_two_at_once_one_waits_for_the_other()
    {
        if (!IsBuilt())
            return;
        await Task.WhenAll(((string[])["1.img", "2.img"]).Select(name => Task.Run(() => Publish(name))));
        RequireWhole(errorsOnly: true);
        using var repository = RepositoryFolder.Open(Repository);
        Assert.Equal(2UL, ChannelContent.Read(repository, "stable")!.Document.Sequence);
    }

    private void Publish(string image, params string[] options) => Tool.Run(BuiltProgram.Builder, [.. Arguments(published.Folder, image, Repository), .. options]);

    private void Kill(string image, string file, string call)
    {
        var (code, output, error) = Tool.TryRun("strace", ["-f", "-qq", "-o", folder["trace"], "-P", Path.Combine(Repository, file), "-e", $"trace={call}", "-e", $"inject={call}:signal=KILL",
            BuiltProgram.Builder, .. Arguments(published.Folder, image, Repository)]);
        Assert.True(code == 128 + 9, $"it was not killed, but ended with {code}\n{output}{error}");
    }

    private static string[] Arguments(TempFolder given, string image, string repository) => ["publish", given[image], "--repository", repository, "--key", given["release.key"], "--jobs", "1"];

    private byte[] Index() => File.ReadAllBytes(Path.Combine(Repository, "index.json"));

    /// <summary>Every blob that is named is there and right; and, unless errors alone are asked for, nothing else is.</summary>
    private void RequireWhole(bool errorsOnly)
    {
        var key = PublicKey.Parse(File.ReadAllText(published.Folder["release.pub"]));
        var report = new RepositoryCheck([key], 1, DateTimeOffset.UtcNow.ToUnixTimeSeconds(), new SilentReporter()).Run(Repository, default);
        Assert.Equal([], report.Findings.Where(finding => finding.IsError || !errorsOnly).Select(finding => finding.Text));
        if (errorsOnly)
            return;
        Assert.Equal(["blobs", "index.json", "oci-layout"], Directory.GetFileSystemEntries(Repository).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        using var repository = RepositoryFolder.Open(Repository);
        Assert.Equal(repository.Named().Order(StringComparer.Ordinal), Directory.GetFiles(repository.Blobs).Select(file => Path.GetFileName(file)!).Order(StringComparer.Ordinal));
    }

    private static bool IsBuilt() => BuiltProgram.AreThere(BuiltProgram.Builder);
}
