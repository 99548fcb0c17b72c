using ImageBuilder.Linux.Blocks;
using ImageBuilder.Linux.CommandLines;

namespace ImageBuilder.Init.Tests;

public class DataSearchTests
{
    private static readonly BlockDevice Stick = Device("sda", "iso9660", "LIVE");
    private static readonly BlockDevice Cd = Device("sr0", "iso9660", "LIVE");
    private readonly Dictionary<string, string> refused = [];

    [Theory]
    [InlineData("ib-data", null)]
    [InlineData("persistence", null)]
    [InlineData(null, "ib-data")]
    [InlineData("other", "persistence")]
    public void It_is_found_by_the_label_of_its_file_system_or_its_name_in_the_table(string? label, string? name) =>
        Assert.Equal("sda3", Choose(Stick, Stick, Device("sda1", "iso9660", "LIVE"), Device("sda3", "ext4", label, name))?.Name);

    [Fact]
    public void Without_one_there_is_none()
    {
        Assert.Null(Choose(Stick, Stick, Device("sda3", "ext4", "stuff"), Device("sdb1", "vfat", "DOS")));
        Assert.Empty(refused);
    }

    [Fact]
    public void The_mediums_own_disk_comes_first() =>
        Assert.Equal("sda3", Choose(Stick, Device("sdb1", "ext4", "persistence"), Stick, Device("sda3", "ext4", "persistence"))?.Name);

    [Fact]
    public void Else_it_is_on_another_disk() => Assert.Equal("sdb1", Choose(Cd, Cd, Device("sdb1", "ext4", "persistence"))?.Name);

    [Theory]
    [InlineData("sdb1", "sdc1")]
    [InlineData("sda3", "sda4")]
    public void Two_that_could_be_meant_are_an_error_that_names_both(string first, string second)
    {
        var error = Assert.Throws<BootException>(() => Choose(Stick, Stick, Device(second, "ext4", "persistence"), Device(first, "ext4", null, "ib-data")));
        Assert.Equal($"two partitions could keep what is written: /dev/{first} (has the partition name ib-data) and /dev/{second} (has the label persistence)", error.Message);
        Assert.Contains(error.Remedy, line => line.Contains("ib.data="));
    }

    [Fact]
    public void One_that_was_named_is_found_among_several() =>
        Assert.Equal("sdc1", Choose(Stick, DeviceSelector.Parse("/dev/sdc1"), Stick, Device("sdb1", "ext4", "persistence"), Device("sdc1", "ext4", "persistence"))?.Name);

    [Fact]
    public void One_that_was_named_needs_no_special_label() =>
        Assert.Equal("sdb1", Choose(Stick, DeviceSelector.Parse("LABEL=keep"), Stick, Device("sdb1", "ext4", "keep"))?.Name);

    [Fact]
    public void A_label_that_was_named_may_be_the_partitions() =>
        Assert.Equal("sdb1", Choose(Stick, DeviceSelector.Parse("LABEL=keep"), Stick, Device("sdb1", "ext4", null, "keep"))?.Name);

    [Fact]
    public void Another_file_system_is_refused_with_what_to_do()
    {
        Assert.Null(Choose(Stick, Stick, Device("sda3", "vfat", "persistence")));
        Assert.Equal("there is vfat on it; it has to be ext4 (mke2fs -t ext4 -L persistence)", refused["sda3"]);
    }

    [Fact]
    public void A_damaged_file_system_is_not_taken_for_none() => Assert.Equal("sda3", Choose(Stick, Stick, Device("sda3", null, null, "ib-data"))?.Name);

    [Fact]
    public void The_data_partition_of_an_appliance_is_never_taken()
    {
        Assert.Null(Choose(Stick, Stick, Device("vda5", null, null, "ib-state"), Device("vda7", "ext4", "ib-data", "ib-data")));
        Assert.Contains("appliance", refused["vda7"]);
    }

    [Fact]
    public void The_medium_itself_is_not_written_to()
    {
        var medium = Device("sda1", "ext4", "persistence");
        Assert.Null(Choose(medium, medium));
        Assert.Equal("it is the medium itself", refused["sda1"]);
    }

    private BlockDevice? Choose(BlockDevice medium, params BlockDevice[] devices) => Choose(medium, null, devices);

    private BlockDevice? Choose(BlockDevice medium, DeviceSelector? wanted, params BlockDevice[] devices) =>
        DataSearch.Choose(devices, device => device.Name.TrimEnd("0123456789".ToCharArray()), medium, wanted, refused);

    private static BlockDevice Device(string name, string? type, string? label, string? partitionName = null) =>
        new(name, 1 << 30, type is null ? null : new FileSystemIdentity(type, label, null), null, null) { PartitionName = partitionName };
}
