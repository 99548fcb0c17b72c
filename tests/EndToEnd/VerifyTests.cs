namespace ImageBuilder.EndToEnd.Tests;

/// <summary>`verify` on a real spec.</summary>
public sealed class VerifyTests
{
    private const string User = "ib-verify-user";

    [RootFact("mmdebstrap", "useradd", "userdel", "runuser")]
    public void An_ordinary_users_two_builds_are_identical()
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder["minimal.yaml"], MinimalImage.CloudSpec + "\ncompression: zstd:1\nupper: { kind: persistent }\noutputs: [disk, iso]\n");
        Tool.Run("chmod", "-R", "a+rX", folder.Path);
        Tool.TryRun("userdel", "--remove", User);
        Tool.Run("useradd", "--create-home", User);
        try
        {
            Directory.CreateDirectory(folder["user"]);
            Tool.Run("chown", User, folder["user"]);
            var (code, output, error) = Tool.TryRun("runuser", "-u", User, "--", "env", $"HOME={folder["user"]}", Program.Path,
                "verify", folder["minimal.yaml"], "--output-dir", folder["user/out"], "--progress", "plain");
            Assert.True(code == 0, output + error);
            Assert.DoesNotContain("reused", error);
            Assert.Equal(["minimal-1.0.0-amd64.img", "minimal-1.0.0-amd64.iso", "minimal-1.0.0-amd64.manifest.json", "minimal-1.0.0-amd64.spdx.json", "SHA256SUMS"],
                output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split("  ") is ["identical", { Length: 64 }, var name] ? name : line));
            Assert.Empty(Directory.EnumerateFileSystemEntries(folder["user/out"]));
        }
        finally
        {
            Tool.TryRun("userdel", "--remove", User);
        }
    }
}
