using ImageBuilder.Linux.Blocks;
using ImageBuilder.Linux.Mounts;

namespace ImageBuilder.Linux.Tests.Blocks;

public sealed class DiskUsersTests : IDisposable
{
    private readonly FakeSysfs sysfs = new FakeSysfs()
        .Block("pci/block/sda", "8:0", 1000).Block("pci/block/sda/sda1", "8:1", 100, ("partition", "1")).Block("pci/block/sda/sda2", "8:2", 100, ("partition", "2"))
        .Block("pci/block/sdb", "8:16", 1000).Block("pci/block/sdb/sdb1", "8:17", 100, ("partition", "1"))
        .Block("virtual/block/dm-0", "253:0", 90, ("dm/name", "crypt")).Block("virtual/block/dm-1", "253:1", 80, ("dm/name", "vg-root"))
        .Block("virtual/block/md127", "9:127", 80, ("md/level", "raid1"))
        .Block("virtual/block/loop3", "7:3", 80, ("loop/backing_file", "/dev/sdb1")).Block("virtual/block/loop4", "7:4", 80, ("loop/backing_file", "/srv/file"));

    public void Dispose() => sysfs.Dispose();

    [Fact]
    public void A_disk_without_mounts_swap_and_holders_is_free() => Assert.Empty(Of("sda"));

    [Fact]
    public void A_mounted_partition_is_a_use_of_its_disk_and_not_of_another()
    {
        var use = Assert.Single(Of("sda", Mount("8:2", "/media/backup", "/dev/sda2")));
        Assert.Equal(new DiskUser("/dev/sda2", "is mounted at /media/backup", "umount /media/backup", false), use);
        Assert.Empty(Of("sda", Mount("8:1", "/media/backup", "/dev/sda1"), "sda2"));
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/boot/efi")]
    public void The_running_system_is_told_from_other_mounts(string target) => Assert.True(Assert.Single(Of("sda", Mount("8:1", target, "/dev/root"))).IsSystem);

    [Fact]
    public void A_file_system_with_a_number_of_its_own_is_found_by_its_source() =>
        Assert.True(Assert.Single(Of("sda", Mount("0:27", "/", "/dev/sda2"))).IsSystem);

    [Fact]
    public void A_root_on_LVM_on_LUKS_is_found_through_both()
    {
        sysfs.Holder("pci/block/sda/sda2", "dm-0").Holder("virtual/block/dm-0", "dm-1");
        var uses = Of("sda", Mount("253:1", "/", "/dev/mapper/vg-root"));
        Assert.Equal(["has /dev/dm-0 (crypt) on top of it", "has /dev/dm-1 (vg-root) on top of it", "is mounted at /"], uses.Select(use => use.What));
        Assert.True(uses[^1].IsSystem);
    }

    [Fact]
    public void RAID_and_loop_devices_on_top_are_uses_even_when_nothing_is_mounted()
    {
        sysfs.Holder("pci/block/sda", "md127");
        Assert.Equal("mdadm --stop /dev/md127", Assert.Single(Of("sda")).Remedy);
        Assert.Equal(new DiskUser("/dev/sdb1", "has /dev/loop3 on top of it", "losetup -d /dev/loop3", false), Assert.Single(Of("sdb")) with { What = "has /dev/loop3 on top of it" });
    }

    [Fact]
    public void Swap_is_a_use()
    {
        var swaps = "Filename\t\t\t\tType\t\tSize\n/dev/sda1                               partition\t1000\n/swap\\040file file 1\n";
        Assert.Equal("is used as swap", Assert.Single(new DiskUsers(new DiskCatalog(sysfs.Path), [], swaps).Of(Find("sda"))).What);
        Assert.DoesNotContain(new DiskUsers(new DiskCatalog(sysfs.Path), [], swaps).Of(Find("sdb")), use => use.What.Contains("swap", StringComparison.Ordinal));
    }

    [Fact]
    public void Holders_in_a_circle_end() =>
        Assert.NotEmpty(new DiskUsers(new DiskCatalog(sysfs.Holder("virtual/block/dm-0", "dm-1").Holder("virtual/block/dm-1", "dm-0").Path), [], "").Of(Find("dm-0")));

    private IReadOnlyList<DiskUser> Of(string disk, string mounts = "", string? part = null) =>
        new DiskUsers(new DiskCatalog(sysfs.Path), MountInfo.Parse(mounts), "").Of(Find(part ?? disk));

    private Disk Find(string name) => new DiskCatalog(sysfs.Path).Find(name)!;

    private static string Mount(string number, string target, string source) => $"36 35 {number} / {target} rw - ext4 {source} rw\n";
}
