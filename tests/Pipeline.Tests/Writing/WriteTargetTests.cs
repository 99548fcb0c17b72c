using ImageBuilder.Formats;
using ImageBuilder.Linux.Blocks;
using ImageBuilder.Linux.Mounts;
using ImageBuilder.Pipeline.Writing;

namespace ImageBuilder.Pipeline.Tests.Writing;

public sealed class WriteTargetTests : IDisposable
{
    private static readonly Disk Stick = new("sdb", "8:16", 1000) { IsRemovable = true, Model = "Ultra", Bus = "USB", Serial = "4C53", Partitions = [new Disk("sdb1", "8:17", 900) { Parent = "sdb" }] };
    private readonly TempFolder sysfs = new();

    public void Dispose() => sysfs.Dispose();

    [Fact]
    public void A_free_stick_of_the_images_very_length_is_taken() => Assert.Equal(1000, Accept(Stick, needed: 1000).Length);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Nothing_is_written_to_the_disk_of_the_running_system_forced_or_not(bool force) =>
        AssertRefused("IB5402", "/dev/sdb1 is mounted at /", Stick, "8:17 / / rw - ext4 /dev/sdb1 rw", force);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Nothing_is_written_to_a_mounted_disk_forced_or_not(bool force) =>
        AssertRefused("IB5403", "(umount /media/a b)", Stick, @"8:17 / /media/a\040b rw - ext4 /dev/sdb1 rw", force);

    [Fact]
    public void A_partition_is_refused_with_the_name_of_its_disk() => AssertRefused("IB5401", "the whole disk: /dev/sdb", Stick.Partitions[0]);

    [Fact]
    public void A_write_protected_disk_is_refused() => AssertRefused("IB5404", "write-protected", Stick with { IsReadOnly = true }, force: true);

    [Fact]
    public void A_disk_one_byte_too_small_is_refused_with_both_lengths() => AssertRefused("IB5405", "it has 999 bytes (0.0 MB), the image 1000", Stick with { Length = 999 }, force: true);

    [Fact]
    public void An_empty_drive_is_told_from_a_small_disk() => AssertRefused("IB5405", "no medium in the drive?", Stick with { Length = 0 });

    [Fact]
    public void A_disk_that_is_built_in_needs_force()
    {
        AssertRefused("IB5406", "built into this machine (Ultra, SATA, serial 4C53)", Stick with { IsRemovable = false, Bus = "SATA" });
        Assert.Equal("/dev/sdb", Accept(Stick with { IsRemovable = false }, force: true).Path);
    }

    [Fact]
    public void A_regular_file_is_taken_only_by_force_and_a_link_to_it_is_followed()
    {
        File.WriteAllBytes(sysfs["disk"], new byte[1000]);
        File.CreateSymbolicLink(sysfs["link"], sysfs["disk"]);
        Assert.Equal("IB5400", Assert.Throws<ImageException>(() => WriteTarget.Find(sysfs["link"], 1000, force: false)).Id);
        Assert.Equal(sysfs["disk"], WriteTarget.Find(sysfs["link"], 1000, force: true).Path);
        Assert.Equal("IB5405", Assert.Throws<ImageException>(() => WriteTarget.Find(sysfs["disk"], 1001, force: true)).Id);
    }

    [Theory]
    [InlineData("/dev/null", "no block device")]
    [InlineData("/dev/no-such-device", "lists the disks there are")]
    [InlineData("/dev", "is a folder")]
    public void What_is_no_disk_is_refused(string path, string message)
    {
        var error = Assert.Throws<ImageException>(() => WriteTarget.Find(path, 1, force: true));
        Assert.Equal("IB5400", error.Id);
        Assert.Contains(message, error.Message);
    }

    private void AssertRefused(string id, string message, Disk disk, string mount = "", bool force = false)
    {
        var error = Assert.Throws<ImageException>(() => Accept(disk, mount, force));
        Assert.Equal(id, error.Id);
        Assert.Contains(message, error.Message);
    }

    private WriteTarget Accept(Disk disk, string mount = "", bool force = false, long needed = 1000) =>
        WriteTarget.Accept(disk.Path, disk, new DiskUsers(new DiskCatalog(sysfs.Path), MountInfo.Parse("36 35 " + mount), ""), needed, force);
}
