using ImageBuilder.Formats;
using ImageBuilder.Pipeline.Running;

namespace ImageBuilder.Pipeline.Tests.Running;

public class HostileCircumstanceTests
{
    [ToolFact("setsid")]
    public void An_argument_longer_than_the_kernel_takes_is_an_error_with_a_way_out()
    {
        var error = Assert.Throws<ImageException>(() => new OutsideProgram("true", "coreutils").With(new string('x', 200_000)).Run("step"));
        Assert.Equal("IB3005", error.Id);
        Assert.Contains("files:", error.Message);
    }

    [Fact]
    public void A_folder_whose_name_only_looks_like_a_work_folder_is_not_swept()
    {
        using var folder = new TempFolder();
        Directory.CreateDirectory(folder[".imagebuilder-notes"]);
        Directory.CreateDirectory(folder[".imagebuilder-2147483647"]);
        WorkFolder.Create(folder.Path).Dispose();
        Assert.True(Directory.Exists(folder[".imagebuilder-notes"]));
        Assert.False(Directory.Exists(folder[".imagebuilder-2147483647"]));
    }
}
