namespace ImageBuilder.Init.Tests;

public class PartitionMakerTests
{
    [Theory]
    [InlineData("sda", 3, "sda3")]
    [InlineData("nvme0n1", 3, "nvme0n1p3")]
    [InlineData("mmcblk0", 12, "mmcblk0p12")]
    public void A_partition_has_the_name_that_the_kernel_gives_it(string disk, int number, string name) => Assert.Equal(name, PartitionMaker.NameOf(disk, number));

    [Fact]
    public void On_a_stick_one_can_be_made() => Assert.Null(PartitionMaker.WhyNot("sda", inFile: false, isReadOnly: false, hasTemplate: true));

    [Theory]
    [InlineData("sr0", false, false, true, "is a disc")]
    [InlineData("sda", true, false, true, "the disk of a file is not touched")]
    [InlineData("sda", false, true, true, "read-only")]
    [InlineData("sda", false, false, false, "was not built to")]
    public void Where_none_can_be_made_it_is_said_why(string disk, bool inFile, bool isReadOnly, bool hasTemplate, string reason) =>
        Assert.Contains(reason, PartitionMaker.WhyNot(disk, inFile, isReadOnly, hasTemplate));
}
