using ImageBuilder.Linux.Blocks;
using ImageBuilder.Linux.CommandLines;

namespace ImageBuilder.Init.Tests;

public class MediumReportTests
{
    private static readonly BlockDevice Cd = new("sr0", 172L << 20, new FileSystemIdentity("iso9660", "IBLIVE", "2024-02-03-10-11-12-13"), null, null);
    private static readonly BlockDevice Partition = new("sda1", 40L << 30, new FileSystemIdentity("vfat", null, "DEAD-BEEF"), "deadbeef-01", null);
    private static readonly BlockDevice Empty = new("sr1", 0, null, null, "no medium in the drive");

    [Theory]
    [InlineData("LABEL=IBLIVE", true)]
    [InlineData("LABEL=iblive", false)]
    [InlineData("UUID=2024-02-03-10-11-12-13", true)]
    [InlineData("UUID=2024-02-03-10-11-12-14", false)]
    [InlineData("PARTUUID=deadbeef-01", false)]
    [InlineData("/dev/sr0", true)]
    [InlineData("/dev/sr1", false)]
    public void A_selector_accepts_its_device_only(string selector, bool accepted) => Assert.Equal(accepted, DeviceSelector.Parse(selector).Refuses(Cd) is null);

    [Fact]
    public void Identifiers_are_compared_without_case() => Assert.Null(DeviceSelector.Parse("UUID=dead-beef").Refuses(Partition));

    [Fact]
    public void A_partition_is_found_by_its_identifier() => Assert.Null(DeviceSelector.Parse("PARTUUID=DEADBEEF-01").Refuses(Partition));

    [Fact]
    public void A_refusal_says_what_is_there_instead() => Assert.Equal("its label is IBLIVE, not OTHER", DeviceSelector.Parse("LABEL=OTHER").Refuses(Cd));

    [Fact]
    public void A_device_without_label_is_refused_with_that() => Assert.Equal("it has no label", DeviceSelector.Parse("LABEL=OTHER").Refuses(Partition));

    [Fact]
    public void A_selector_is_written_as_it_was_read() =>
        Assert.All(["LABEL=a b", "PARTUUID=x", "/dev/sda1"], text => Assert.Equal(text, DeviceSelector.Parse(text).ToString()));

    [Fact]
    public void Every_device_has_a_line_with_its_reason() =>
        Assert.Equal(
            [
                "device  size      type     label   identifier              why it was refused",
                "sda1    40.0 GiB  vfat     -       DEAD-BEEF               it has no label",
                "sr0     172 MiB   iso9660  IBLIVE  2024-02-03-10-11-12-13  -",
                "sr1     -         -        -       -                       no medium in the drive",
            ],
            MediumReport.Table([Partition, Cd, Empty], new Dictionary<string, string> { ["sda1"] = "it has no label" }));

    [Fact]
    public void No_device_at_all_is_said() => Assert.Equal(["No disk, drive or stick was seen at all."], MediumReport.Table([], new Dictionary<string, string>()));

    [Theory]
    [InlineData("0x010601", true)]
    [InlineData("0x0c0330", true)]
    [InlineData("0x080501", true)]
    [InlineData("0x020000", false)]
    [InlineData("", false)]
    public void Controllers_that_media_hang_on_are_told_from_others(string pciClass, bool expected) => Assert.Equal(expected, MediumReport.IsController(pciClass));

    [Fact]
    public void A_failure_says_what_was_seen_and_what_to_do()
    {
        var text = Failure.Describe("medium", new BootException("no medium LABEL=X", ["insert it"], ["sr0  empty"]));
        Assert.Equal("\nimagebuilder: THE SYSTEM CANNOT START. Phase 'medium':\n  no medium LABEL=X\n\n  sr0  empty\n\nWhat to do:\n  * insert it", text);
    }

    [Fact]
    public void The_twin_of_a_medium_is_one_with_the_same_identity_on_another_disk()
    {
        var (first, second) = (Cd with { Name = "sdy" }, Cd with { Name = "sdz" });
        Assert.Equal([second], MediumSearch.Twins(first, [first, second, Partition, Empty]));
        Assert.Empty(MediumSearch.Twins(Empty, [Empty with { Name = "sr2" }]));
    }
}
