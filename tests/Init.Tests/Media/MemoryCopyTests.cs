using ImageBuilder.Linux.CommandLines;

namespace ImageBuilder.Init.Tests;

public class MemoryCopyTests
{
    private const long Megabyte = 1 << 20;

    [Fact]
    public void An_image_fits_when_enough_stays_free() => Assert.Null(MemoryCopy.WhyNoRoom(new BootOptions(), 160 * Megabyte, 288 * Megabyte, 512 * Megabyte));

    [Fact]
    public void An_image_that_leaves_too_little_is_refused_with_all_figures() =>
        Assert.Equal("there is no room in memory for the root image: it has 160 MB, 134 MB must stay free, and 293 MB of 512 MB are available",
            MemoryCopy.WhyNoRoom(new BootOptions(), 160_000_000, 293_000_000, 512_000_000));

    [Fact]
    public void A_limit_of_the_copy_counts_even_when_there_is_room() =>
        Assert.Equal("the root image has 160 MB, and ib.toram.size= allows 100 MB of memory for it",
            MemoryCopy.WhyNoRoom(new BootOptions { ToRamSize = "10%" }, 160_000_000, 900_000_000, 1_000_000_000));

    [Fact]
    public void Progress_shows_share_megabytes_and_rate() =>
        Assert.Equal("Copying to memory  45%  72 of 160 MB  36.0 MB/s ", ProgressLine.Text("Copying to memory", 72_000_000, 160_000_000, 2_000_000));

    [Fact]
    public void Nothing_to_do_is_done() => Assert.Contains("100%", ProgressLine.Text("x", 0, 0, 0));
}
