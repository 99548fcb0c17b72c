using ImageBuilder.Linux.CommandLines;

namespace ImageBuilder.Init.Tests;

public class BreakpointTests
{
    [Fact]
    public void Every_place_that_the_boot_can_be_stopped_at_is_a_phase() =>
        Assert.Equal(BootWords.BreakPoints, BootPhases.All.Select(phase => phase.Name).Where(BootWords.BreakPoints.Contains));

    [Fact]
    public void The_medium_is_checked_before_it_is_copied_and_copied_before_anything_of_it_is_used() =>
        Assert.Equal(["medium", "checksum", "to-ram", "layers"], BootPhases.All.Select(phase => phase.Name).Where(name => name is "medium" or "checksum" or "to-ram" or "layers"));
}
