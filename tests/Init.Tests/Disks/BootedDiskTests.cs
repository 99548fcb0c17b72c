namespace ImageBuilder.Init.Tests.Disks;

public class BootedDiskTests
{
    [Fact]
    public void Partitions_are_found_by_the_names_in_the_table_whatever_their_numbers()
    {
        using var sysfs = new TempFolder();
        Part(sysfs, "vda1", 1, "esp", 16384);
        Part(sysfs, "vda10", 10, "ib-data", 524288);
        Part(sysfs, "vda2", 2, null, 2048);
        var disk = BootedDisk.Read("vda", sysfs.Path);
        Assert.Equal(new DiskPart("vda10", 10, "ib-data", 256L << 20), disk.Find("ib-data"));
        Assert.Equal("/dev/vda1", disk.Get("esp").Path);
        Assert.Equal(2, disk.Parts.Count);
    }

    [Fact]
    public void A_missing_partition_is_named_with_those_that_are_there()
    {
        using var sysfs = new TempFolder();
        Part(sysfs, "vda1", 1, "esp", 16384);
        var disk = BootedDisk.Read("vda", sysfs.Path);
        Assert.Null(disk.Find("ib-data"));
        var error = Assert.Throws<BootException>(() => disk.Get("ib-data"));
        Assert.Equal("there is no partition ib-data on /dev/vda", error.Message);
        Assert.Contains("esp (/dev/vda1)", error.Details[0]);
    }

    [Fact]
    public void Two_partitions_of_one_name_are_an_error_that_names_both()
    {
        using var sysfs = new TempFolder();
        Part(sysfs, "vda1", 1, "ib-data", 16384);
        Part(sysfs, "vda2", 2, "ib-data", 16384);
        var error = Assert.Throws<BootException>(() => BootedDisk.Read("vda", sysfs.Path));
        Assert.Contains("/dev/vda1 and /dev/vda2", error.Message);
    }

    private static void Part(TempFolder sysfs, string name, int number, string? label, long sectors)
    {
        var folder = Directory.CreateDirectory(sysfs[$"class/block/vda/{name}"]).FullName;
        File.WriteAllText($"{folder}/partition", $"{number}\n");
        File.WriteAllText($"{folder}/size", $"{sectors}\n");
        File.WriteAllText($"{folder}/uevent", $"MAJOR=253\nDEVNAME={name}\nDEVTYPE=partition\nPARTN={number}\n{(label is null ? "" : $"PARTNAME={label}\n")}");
    }
}
