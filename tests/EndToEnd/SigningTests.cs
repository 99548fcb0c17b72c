namespace ImageBuilder.EndToEnd.Tests;

/// <summary>`imagebuilder keygen` and `imagebuilder sign`, judged by minisign.</summary>
public sealed class SigningTests : IDisposable
{
    private readonly TempFolder folder = new();

    public void Dispose() => folder.Dispose();

    [ToolFact("minisign")]
    public void A_new_key_signs_files_that_minisign_accepts()
    {
        File.WriteAllText(folder["password"], "secret\n");
        File.WriteAllText(folder["a"], "first");
        File.WriteAllText(folder["b"], "second");
        Good("keygen", "release", "--password-file", "password");
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(folder["release.key"]));
        Assert.Contains("b.minisig", Good("sign", "a", "b", "--key", "release.key", "--password-file", "password", "--comment", "for all").Output);
        foreach (var file in (string[])["a", "b"])
            Assert.Contains("Trusted comment: for all", Tool.Run("minisign", "-V", "-p", folder["release.pub"], "-m", folder[file]));
        File.WriteAllText(folder["b"], "changed");
        Assert.NotEqual(0, Tool.TryRun("minisign", "-V", "-p", folder["release.pub"], "-m", folder["b"]).ExitCode);
    }

    [Fact]
    public void An_existing_key_a_wrong_password_and_a_missing_one_are_refused_and_nothing_is_made()
    {
        File.WriteAllText(folder["file"], "x");
        Good("keygen", "k", "--no-password");
        var key = File.ReadAllText(folder["k.key"]);
        Bad("IB5003", "keygen", "k", "--no-password");
        Assert.Equal(key, File.ReadAllText(folder["k.key"]));
        Bad("IB1906", "keygen", "other");
        File.WriteAllText(folder["wrong"], "wrong");
        Bad("IB7202", "sign", "file", "--key", "file");
        Bad("IB5161", "sign", "missing", "--key", "k.key");
        Bad("IB5161", "sign", "file", "--key", "missing");
        Assert.Equal(["file", "k.key", "k.pub", "wrong"], Directory.EnumerateFiles(folder.Path).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal));
    }

    private Result Good(params string[] arguments)
    {
        var result = Program.Run(folder.Path, arguments);
        Assert.True(result.ExitCode == 0, result.ToString());
        return result;
    }

    private void Bad(string id, params string[] arguments)
    {
        var result = Program.Run(folder.Path, arguments);
        Assert.True(result.ExitCode is 1 or 2 && result.Error.Contains(id, StringComparison.Ordinal), result.ToString());
    }
}
