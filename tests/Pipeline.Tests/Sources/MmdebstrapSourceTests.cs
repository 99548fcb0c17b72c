using ImageBuilder.Pipeline.Plan;
using ImageBuilder.Pipeline.Sources;

namespace ImageBuilder.Pipeline.Tests.Sources;

public class MmdebstrapSourceTests
{
    [ToolFact("sh", "find", "sed", "install")]
    public void The_image_gets_an_archives_key_and_no_path_of_the_builder()
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder["key.asc"], "key");
        Directory.CreateDirectory(folder["root/etc/apt/sources.list.d"]);
        File.WriteAllText(folder["root/etc/apt/sources.list.d/0.list"], $"deb [signed-by={folder["key.asc"]}] https://deb.example.org trixie main\n");

        Tool.Run("sh", "-c", DebianHooks.InstallKey(folder["key.asc"], "/etc/apt/keyrings/imagebuilder-1.asc"), "hook", folder["root"]);

        Assert.Equal("deb [signed-by=/etc/apt/keyrings/imagebuilder-1.asc] https://deb.example.org trixie main\n", File.ReadAllText(folder["root/etc/apt/sources.list.d/0.list"]));
        Assert.Equal("key", File.ReadAllText(folder["root/etc/apt/keyrings/imagebuilder-1.asc"]));
    }

    [Fact]
    public void Keys_are_installed_after_everything_that_asks_apt()
    {
        var sample = Samples.Plan();
        var plan = sample with { Base = (DebianBase)sample.Base with { Sources = [new DebianSource("https://deb.example.org", "trixie", ["main"], "/spec/key.gpg")] } };
        var arguments = new MmdebstrapSource(plan, null!, null!).Arguments(path => "/shared/1/" + Path.GetFileName(path)).ToList();
        Assert.Contains("deb [signed-by=/shared/1/key.gpg] https://deb.example.org trixie main", arguments);
        Assert.Contains("/etc/apt/keyrings/imagebuilder-1.gpg", arguments.FindLast(argument => argument.StartsWith("--customize-hook=", StringComparison.Ordinal))!);
    }

    [Theory]
    [InlineData("Date: Sat, 15 Nov 2025 09:50:22 UTC\n", 1763200222L)]
    [InlineData("Origin: Debian\nDate: Thu, 1 Jan 1970 00:00:05 +0000\n", 5L)]
    [InlineData("Origin: Debian\n", null)]
    [InlineData("Date: yesterday\n", null)]
    public void The_epoch_is_the_release_files_date(string release, long? expected) => Assert.Equal(expected, MmdebstrapSource.ReleaseDate(release));

    [Fact]
    public void Shared_files_of_one_name_stay_apart_and_need_no_quoting()
    {
        using var folder = new TempFolder();
        using var shared = new SharedFolder();
        Directory.CreateDirectory(folder["a"]);
        Directory.CreateDirectory(folder["b"]);
        File.WriteAllText(folder["a/it's.deb"], "a");
        File.WriteAllText(folder["b/it's.deb"], "b");
        var copies = new[] { shared.Add(folder["a/it's.deb"]), shared.Add(folder["b/it's.deb"]) };
        Assert.Equal(["a", "b"], copies.Select(File.ReadAllText));
        Assert.All(copies, copy => Assert.Equal("it_s.deb", Path.GetFileName(copy)));
    }
}
