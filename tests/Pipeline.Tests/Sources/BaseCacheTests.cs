using ImageBuilder.Pipeline.Sources;

namespace ImageBuilder.Pipeline.Tests.Sources;

public class BaseCacheTests
{
    private static readonly Dictionary<string, string> Key = new() { ["suite"] = "trixie" };

    [Fact]
    public void What_was_made_is_reused_until_a_refresh_or_another_key()
    {
        using var folder = new TempFolder();
        Assert.Equal((false, 1, 7), Get(folder, Key, "one"));
        Assert.Equal((true, 0, 7), Get(folder, Key, "two"));
        Assert.Equal((false, 1, 7), Get(folder, new() { ["suite"] = "sid" }, "three"));
        Assert.Equal((false, 1, 7), Get(folder, Key, "four", refresh: true));
        Assert.Equal("four", File.ReadAllText(Archive(folder, Key)));
    }

    [Theory]
    [InlineData("*.json", "")]
    [InlineData("*.json", "{}")]
    [InlineData("*.json", "{\"epoch\":\"x\"}")]
    [InlineData("*.tar", "")]
    public void What_a_power_cut_left_is_made_again(string file, string left)
    {
        using var folder = new TempFolder();
        Get(folder, Key, "one");
        File.WriteAllText(Directory.GetFiles(folder["base"], file).Single(), left);
        Assert.Equal((false, 1, 7), Get(folder, Key, "again"));
        Assert.Equal((true, 0, 7), Get(folder, Key, "unused"));
    }

    [Fact]
    public void A_base_that_could_not_be_made_leaves_the_old_one_and_no_rest()
    {
        using var folder = new TempFolder();
        Get(folder, Key, "one");
        Assert.Throws<InvalidOperationException>(() => new BaseCache(folder.Path).Get(Key, refresh: true, path =>
        {
            File.WriteAllText(path, "half");
            throw new InvalidOperationException();
        }, CancellationToken.None));
        Assert.Empty(Directory.GetFiles(folder["base"], "*.tmp"));
        Assert.Equal("one", File.ReadAllText(Archive(folder, Key)));
    }

    private static string Archive(TempFolder folder, Dictionary<string, string> key) =>
        new BaseCache(folder.Path).Get(key, refresh: false, _ => throw new InvalidOperationException("must be there"), CancellationToken.None).Entry.Archive;

    private static (bool Reused, int Made, long Epoch) Get(TempFolder folder, Dictionary<string, string> key, string content, bool refresh = false)
    {
        var made = 0;
        var (entry, reused) = new BaseCache(folder.Path).Get(key, refresh, path =>
        {
            made++;
            File.WriteAllText(path, content);
            return 7;
        }, CancellationToken.None);
        return (reused, made, entry.Epoch);
    }
}
