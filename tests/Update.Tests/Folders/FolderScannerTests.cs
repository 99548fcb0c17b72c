using ImageBuilder.Formats;
using ImageBuilder.Update.Folders;

namespace ImageBuilder.Update.Tests.Folders;

public sealed class FolderScannerTests : IDisposable
{
    private readonly TempFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("a text that is longer now", "a text that is long")]
    [InlineData("short", "short\0\0\0\0\0\0\0\0\0\0\0\0\0\0")]
    public void A_file_that_is_written_to_after_the_scan_is_an_error_or_told_and_taken_as_it_is(string now, string expected)
    {
        File.WriteAllText(folder["log"], "a text of 19 bytes.");
        var told = new List<string>();
        var strict = FolderScanner.ScanTree(folder.Path);
        var lenient = FolderScanner.ScanTree(folder.Path, changed: told.Add);
        File.WriteAllText(folder["log"], now);
        Assert.Equal("IB3049", Assert.Throws<ImageException>(() => strict.Find("/log")!.Content.ToArray()).Id);
        Assert.Equal(expected, System.Text.Encoding.ASCII.GetString(lenient.Find("/log")!.Content.ToArray()));
        lenient.Find("/log")!.Content.ToArray();
        Assert.Equal([folder["log"]], told);
    }
}
