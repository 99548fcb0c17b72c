namespace ImageBuilder.Init.Tests;

public class MediumCheckTests
{
    [ToolFact("sha256sum")]
    public void What_sha256sum_wrote_is_right_and_a_changed_file_and_a_missing_one_are_told_apart()
    {
        using var folder = new TempFolder();
        File.WriteAllBytes(folder["a"], [.. Enumerable.Range(0, 3_000_001).Select(i => (byte)(i * 7))]);
        File.WriteAllText(folder["b c"], "b");
        var files = MediumCheck.Parse(Tool.Run("sh", "-c", $"cd {folder.Path} && sha256sum ./a 'b c' && sha256sum --binary a"));
        Assert.Equal(["/a", "/b c", "/a"], files.Select(file => file.Path));
        var progress = 0L;
        Assert.All(files, file => Assert.Null(MediumCheck.Compare(folder.Path, file, bytes => progress += bytes)));
        Assert.Equal((2 * 3_000_001) + 1, progress);

        using (var file = new FileStream(folder["a"], FileMode.Open))
        {
            file.Position = 2_999_999;
            file.WriteByte(1);
        }
        Assert.StartsWith("is not what was written", MediumCheck.Compare(folder.Path, files[0], _ => { }));
        File.Delete(folder["a"]);
        Assert.Equal("is missing", MediumCheck.Compare(folder.Path, files[0], _ => { }));
    }

    [Theory]
    [InlineData("")]
    [InlineData("no sum")]
    [InlineData("0123456789012345678901234567890123456789012345678901234567890123  ")]
    public void Sums_that_are_none_are_no_proof(string text) => Assert.Throws<BootException>(() => MediumCheck.Parse(text));
}
