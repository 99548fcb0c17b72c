namespace ImageBuilder.Linux.Tests;

public class KernelFileTests
{
    [Fact]
    public void A_file_that_is_not_there_is_null() => Assert.Null(KernelFile.TryRead("/proc/no/such/file"));

    [Fact]
    public void The_last_line_feed_is_not_part_of_the_value() => Assert.Equal(Machine.KernelRelease(), KernelFile.TryRead("/proc/sys/kernel/osrelease"));

    [Fact]
    public void A_file_longer_than_one_page_is_read_whole()
    {
        using var folder = new TempFolder();
        var text = new string('x', 20_000);
        File.WriteAllText(folder["long"], text);
        Assert.Equal(text, KernelFile.TryRead(folder["long"]));
    }

    [Fact]
    public void A_file_that_cannot_be_written_says_so() => Assert.False(KernelFile.TryWrite("/proc/no/such/file", "1"));

    [Fact]
    public void Time_since_boot_goes_forward()
    {
        var first = Machine.MicrosecondsSinceBoot();
        Assert.InRange(Machine.MicrosecondsSinceBoot(), first, first + 60_000_000);
        var uptime = double.Parse(File.ReadAllText("/proc/uptime").Split(' ')[0]);
        Assert.InRange(first / 1e6, uptime - 60, uptime + 60);
    }
}
