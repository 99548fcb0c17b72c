using ImageBuilder.Linux.CommandLines;

namespace ImageBuilder.Init.Tests.Data;

public class KeepingTests
{
    private const long Megabyte = 1 << 20;

    [Theory]
    [InlineData("", false, true)]
    [InlineData("", true, false)]
    [InlineData("ib.upper=persistent", false, true)]
    [InlineData("ib.upper=tmpfs", false, false)]
    [InlineData("ib.upper=none", false, false)]
    [InlineData("ib.persist=0", false, false)]
    [InlineData("ib.upper=persistent", true, false)]
    public void The_boot_stops_when_what_is_kept_cannot_be_had_unless_the_spec_or_the_person_says_otherwise(string line, bool memoryOnFailure, bool stops) =>
        Assert.Equal(stops, UpperPolicy.Stops(memoryOnFailure, BootReading.Of(KernelCommandLine.Parse(line)).Options));

    [Theory]
    [InlineData(64, 0, 10, 500, 64)]
    [InlineData(64, 100, 10, 500, 64)]
    [InlineData(0, 100, 10, 500, 410)]
    [InlineData(600, 100, 10, 500, 410)]
    public void The_uppers_limit_leaves_the_reserve_free(long limit, long reserve, long used, long free, long expected) =>
        Assert.Equal(expected * Megabyte, UpperLimit.Of(limit * Megabyte, reserve * Megabyte, used * Megabyte, free * Megabyte));

    [Fact]
    public void A_full_partition_gives_a_limit_and_not_none() => Assert.Equal(1, UpperLimit.Of(0, 100 * Megabyte, 10 * Megabyte, 50 * Megabyte));

    [Fact]
    public void Every_area_of_every_upper_has_a_project_of_its_own_and_no_uppers()
    {
        var projects = Enumerable.Range(1, 50).SelectMany(upper => Enumerable.Range(0, 20).Select(index => WritableAreas.ProjectOf((uint)upper, index))).ToList();
        Assert.Equal(projects.Count, projects.Distinct().Count());
        Assert.All(projects, project => Assert.True(project >= 1u << 31));
        Assert.Equal(WritableAreas.ProjectOf(7, 3), WritableAreas.ProjectOf(7, 3));
    }
}
