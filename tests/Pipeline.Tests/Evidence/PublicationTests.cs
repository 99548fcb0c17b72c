using ImageBuilder.Formats;
using ImageBuilder.Formats.Trees;
using ImageBuilder.Pipeline.Evidence;

namespace ImageBuilder.Pipeline.Tests.Evidence;

public sealed class PublicationTests : IDisposable
{
    private static readonly string[] One = ["one.iso", "one.manifest.json", "one.spdx.json"];
    private static readonly string[] Two = ["two.iso", "two.manifest.json", "two.spdx.json"];
    private readonly TempFolder folder = new();

    public void Dispose() => folder.Dispose();

    [ToolFact("sha256sum")]
    public void Sha256sum_accepts_the_sums_of_two_images_in_one_folder()
    {
        Publish(Two);
        Publish(One);
        Assert.Equal(6, File.ReadAllLines(folder["SHA256SUMS"]).Length);
        Accepted();
    }

    [ToolFact("sha256sum")]
    public void A_line_goes_with_its_file_and_lines_of_another_form_stay()
    {
        Publish(Two);
        File.AppendAllText(folder["SHA256SUMS"], "# made by hand\n");
        foreach (var name in Two)
            File.Delete(folder[name]);
        Publish(One);
        Assert.Equal("# made by hand", File.ReadAllLines(folder["SHA256SUMS"])[0]);
        Assert.DoesNotContain("two", File.ReadAllText(folder["SHA256SUMS"]));
        Tool.Run("sh", "-c", $"cd '{folder.Path}' && sha256sum -c SHA256SUMS");
    }

    [ToolFact("sha256sum")]
    public void Builds_that_finish_at_the_same_moment_keep_each_others_lines()
    {
        var names = Enumerable.Range(0, 8).Select(number => new[] { $"{number}.iso", $"{number}.manifest.json" }).ToArray();
        Parallel.ForEach(names, new ParallelOptions { MaxDegreeOfParallelism = 8 }, Publish);
        Assert.Equal(16, File.ReadAllLines(folder["SHA256SUMS"]).Length);
        Accepted();
    }

    [Theory]
    [InlineData("one.iso")]
    [InlineData("one.spdx.json")]
    public void What_is_there_already_is_replaced_only_by_force(string there)
    {
        File.WriteAllText(folder[there], "before");
        Assert.Equal("IB5003", Assert.Throws<ImageException>(() => Publish(One)).Id);
        Assert.Equal("before", File.ReadAllText(folder[there]));
        Publish(One, force: true);
        Assert.Equal("new " + there, File.ReadAllText(folder[there]));
    }

    [Fact]
    public void A_folder_in_the_way_is_found_before_anything_is_touched()
    {
        Directory.CreateDirectory(folder["one.manifest.json"]);
        Assert.Equal("IB5320", Assert.Throws<ImageException>(() => new Publication(folder.Path, One, true).Check()).Id);
    }

    [ToolFact("sha256sum")]
    public void Cut_off_at_any_step_the_sums_list_only_what_is_there_and_right()
    {
        Publish(One);
        Publish(Two);
        for (var steps = 0; ; steps++)
        {
            // A file that cannot be moved stands for the power cut: everything before it has happened, nothing behind it.
            var files = Prepare(One, "again ");
            if (steps == files.Count)
                break;
            File.Delete(files[steps].Path);
            Assert.ThrowsAny<IOException>(() => new Publication(folder.Path, One, true).Publish(files, Work, CancellationToken.None));
            Accepted();
            Assert.DoesNotContain(" one.", File.ReadAllText(folder["SHA256SUMS"]));
            Assert.All(One.Skip(Math.Max(1, steps)), name => Assert.False(File.Exists(folder[name])));
        }
        Publish(One, force: true);
        Assert.Equal(6, File.ReadAllLines(folder["SHA256SUMS"]).Length);
        Accepted();
    }

    private string Work => Directory.CreateDirectory(folder["work"]).FullName;

    private void Accepted()
    {
        if (new FileInfo(folder["SHA256SUMS"]).Length > 0)
            Tool.Run("sh", "-c", $"cd '{folder.Path}' && sha256sum --strict -c SHA256SUMS");
    }

    private void Publish(string[] names) => Publish(names, force: false);

    private void Publish(string[] names, bool force) => new Publication(folder.Path, names, force).Publish(Prepare(names, "new "), Work, CancellationToken.None);

    private List<(string Path, FileFact Fact)> Prepare(string[] names, string text)
    {
        var work = Directory.CreateDirectory(Path.Combine(Work, names[0])).FullName;
        return [.. names.Select(name =>
        {
            File.WriteAllText(Path.Combine(work, name), text + name);
            return (Path.Combine(work, name), FileFact.Of(name, Content.From(text + name)));
        })];
    }
}
