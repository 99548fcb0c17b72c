using ImageBuilder.Formats;
using ImageBuilder.Formats.SquashFs;
using ImageBuilder.Pipeline.Running;

namespace ImageBuilder.Pipeline.Tests;

public sealed class SquashFsPackTests : IDisposable
{
    private readonly TempFolder folder = new();

    public SquashFsPackTests()
    {
        Directory.CreateDirectory(folder["in/sub"]);
        File.WriteAllText(folder["in/sub/file"], "content");
        File.WriteAllBytes(folder["in/large"], [.. Enumerable.Range(0, 500_000).Select(i => (byte)(i * 7919 >> 8))]);
        Tool.Run("touch", "-d", "@1500000000", folder["in/sub/file"]);
        foreach (var name in (string[])["in/large", "in/sub", "in"])
            Tool.Run("touch", "-d", "@1400000000", folder[name]);
    }

    public void Dispose() => folder.Dispose();

    [ToolTheory("tar", "gzip", "xz", "zstd", "unsquashfs")]
    [InlineData("gzip")]
    [InlineData("xz")]
    [InlineData("zstd")]
    public void A_compressed_tar_packs_to_the_bytes_of_the_folder_and_carries_the_newest_files_time(string compressor)
    {
        Tool.Run("sh", "-c", $"tar --numeric-owner -C {folder["in"]} -cf - . | {compressor} -c > {folder["archive"]}");
        Pack("in", "folder.squashfs");
        Pack("archive", "tar.squashfs");
        Assert.Equal(File.ReadAllBytes(folder["folder.squashfs"]), File.ReadAllBytes(folder["tar.squashfs"]));
        Assert.Equal("1500000000", Tool.Run("unsquashfs", "-fstime", folder["tar.squashfs"]).Trim());
    }

    [Theory]
    [InlineData("vanishes", "IB3030")]
    [InlineData("changes", "IB3049")]
    public void A_file_that_vanishes_or_changes_while_the_folder_is_packed_is_named_and_the_previous_image_stays(string what, string id)
    {
        File.WriteAllText(folder["out.squashfs"], "previous");
        var meanwhile = new Meanwhile("squashfs", () =>
        {
            if (what == "vanishes")
                File.Delete(folder["in/sub/file"]);
            else
                File.WriteAllText(folder["in/sub/file"], "CONTENT");
        });
        var error = Assert.Throws<ImageException>(() => new SquashFsPack(meanwhile, null).Run(folder["in"], folder["out.squashfs"], new SquashFsOptions(), force: true, CancellationToken.None));
        Assert.Equal(id, error.Id);
        Assert.Contains("sub/file", error.Message);
        Assert.Equal("previous", File.ReadAllText(folder["out.squashfs"]));
        Assert.Equal(["in", "out.squashfs"], Directory.EnumerateFileSystemEntries(folder.Path).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal));
    }

    private void Pack(string source, string target) => new SquashFsPack(new SilentReporter(), null).Run(folder[source], folder[target], new SquashFsOptions(), force: false, CancellationToken.None);

    /// <summary>Does something when a step begins.</summary>
    private sealed class Meanwhile(string step, Action action) : IBuildReporter
    {
        private readonly SilentReporter silent = new();

        public IBuildStep Begin(string name)
        {
            if (name == step)
                action();
            return silent.Begin(name);
        }

        public void Warn(string message) => silent.Warn(message);
    }
}
