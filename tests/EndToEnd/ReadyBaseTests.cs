namespace ImageBuilder.EndToEnd.Tests;

/// <summary>
/// One small Debian root as base.debian, base.tar, base.oci and base.directory. The ISO is the same bytes from each, so what is known of
/// one (that it boots, above all) is known of all.
/// </summary>
public sealed class ReadyBaseTests : IDisposable
{
    private const string Rest = """

        keep: [kernel]
        compression: lz4
        drivers: virtio
        """;

    private readonly TempFolder folder = new();

    public void Dispose() => folder.Dispose();

    [RootFact("unsquashfs", "bsdtar", "tar", "zstd", "umoci", "cmp")]
    public void The_ISO_is_the_same_from_a_Debian_suite_a_tar_a_container_image_and_a_folder()
    {
        var expected = Build("debian", MinimalImage.Spec);
        Tool.Run("bsdtar", "-C", folder.Path, "-xf", expected, "live/root.squashfs");
        Tool.Run("unsquashfs", "-quiet", "-no-progress", "-dest", folder["root"], folder["live/root.squashfs"]);
        Tool.Run("sh", "-c", $"tar --xattrs '--xattrs-include=*' --numeric-owner -C {folder["root"]} -cf - . | zstd -q -1 > {folder["root.tar"]}");
        Tool.Run("umoci", "init", "--layout", folder["image"]);
        Tool.Run("umoci", "new", "--image", folder["image:latest"]);
        Tool.Run("umoci", "insert", "--image", folder["image:latest"], folder["root"], "/");

        foreach (var (key, path) in ((string, string)[])[("tar", "root.tar"), ("oci", "image"), ("directory", "root")])
        {
            var iso = Build(key, $$"""
                schema: 1
                name: minimal
                version: 1.0.0
                base: { {{key}}: ./{{path}} }
                """);
            Assert.True(Tool.TryRun("cmp", expected, iso) is (0, _, _), $"the ISO from base.{key} is another");
        }
        CheckVerify(expected);
    }

    /// <summary>Two builds from the lock, and one against an image in which one byte of the layer was changed.</summary>
    private void CheckVerify(string iso)
    {
        var bytes = File.ReadAllBytes(iso);
        // The layer's superblock begins a block of the ISO; the letters alone stand in other files too.
        var layer = Enumerable.Range(0, bytes.Length / 2048).Select(block => block * 2048).First(at => bytes.AsSpan(at).StartsWith("hsqs"u8));
        var byteOfData = layer + 5000;
        bytes[byteOfData] ^= 1;
        File.WriteAllBytes(folder["patched.iso"], bytes);
        Build("tar", null, "--lock");
        string[] verify = ["verify", "tar.yaml", "--locked", "--output-dir", "verify", "--progress", "plain"];
        var same = Program.Run(folder.Path, verify);
        Assert.True(same.ExitCode == 0, same.ToString());
        Assert.Contains($"identical  {Tool.Run("sha256sum", iso)[..64]}  minimal-1.0.0-amd64.iso\n", same.Output);
        Assert.Equal(2, same.Error.Split("\n").Count(line => line.StartsWith("squashfs done", StringComparison.Ordinal)));
        Assert.DoesNotContain("reused", same.Error);
        var result = Program.Run(folder.Path, [.. verify, "--against", "patched.iso"]);
        Assert.True(result.ExitCode == 1, result.ToString());
        Assert.StartsWith($"different  patched.iso differs from byte {byteOfData} on\n  file /live/root.squashfs, byte 5000\n", result.Output);
        Assert.Contains("  /live/root.squashfs: content ", result.Output);
        Assert.Matches("    (data block|fragment) ", result.Output);
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder["verify"]));
        var dated = Program.Run(folder.Path, new Dictionary<string, string> { ["SOURCE_DATE_EPOCH"] = "1000000000" }, "build", "tar.yaml", "--output-dir", "dated", "--progress", "plain");
        Assert.True(dated.ExitCode == 0, dated.ToString());
        Assert.Contains("\"epoch\": 1000000000,", File.ReadAllText(Directory.GetFiles(folder["dated"], "*.manifest.json").Single()));
    }

    [ToolFact("tar", "xz", "unsquashfs")]
    public void SOURCE_DATE_EPOCH_dates_what_nothing_else_does_and_a_wrong_one_is_refused()
    {
        Directory.CreateDirectory(folder["in"]);
        Tool.Run("tar", "-C", folder["in"], "-cJf", folder["in.tar.xz"], ".");
        var packed = Program.Run(folder.Path, new Dictionary<string, string> { ["SOURCE_DATE_EPOCH"] = "1000000000" }, "squashfs", "pack", "in.tar.xz", "out.squashfs");
        Assert.True(packed.ExitCode == 0, packed.ToString());
        Assert.Equal("1000000000", Tool.Run("unsquashfs", "-fstime", folder["out.squashfs"]).Trim());
        var refused = Program.Run(folder.Path, new Dictionary<string, string> { ["SOURCE_DATE_EPOCH"] = "yesterday" }, "squashfs", "pack", "in.tar.xz", "other.squashfs");
        Assert.Contains("IB3020", refused.Error);
    }

    private string Build(string name, string? spec, params string[] options)
    {
        if (spec is not null)
            File.WriteAllText(folder[name + ".yaml"], spec + Rest);
        var result = Program.Run(folder.Path, ["build", name + ".yaml", "--progress", "plain", "--output-dir", "out-" + name, "--force", .. options]);
        Assert.True(result.ExitCode == 0, result.ToString());
        return result.Image;
    }
}
