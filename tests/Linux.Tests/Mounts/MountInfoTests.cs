using ImageBuilder.Linux.Mounts;

namespace ImageBuilder.Linux.Tests.Mounts;

public class MountInfoTests
{
    [Fact]
    public void The_man_pages_example_is_read() // proc_pid_mountinfo(5)
    {
        var mount = Assert.Single(MountInfo.Parse("36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue\n"));
        Assert.Equal(new MountInfo(36, 35, "98:0", "/mnt1", "/mnt2", "rw,noatime", "ext3", "/dev/root", "rw,errors=continue"), mount);
    }

    [Fact]
    public void A_mount_without_optional_fields_is_read() =>
        Assert.Equal("rootfs", Assert.Single(MountInfo.Parse("1 1 0:2 / / rw - rootfs rootfs rw\n")).Type);

    [Fact]
    public void Escaped_blanks_are_undone() =>
        Assert.Equal("/mnt/a b\\c", Assert.Single(MountInfo.Parse(@"36 35 8:1 / /mnt/a\040b\134c rw - ext4 /dev/sda1 rw")).Target);

    [Theory]
    [InlineData("")]
    [InlineData("nonsense")]
    [InlineData("36 35 8:1 / /mnt rw")]
    [InlineData("36 35 8:1 / /mnt rw - ext4")]
    public void Broken_lines_are_left_out(string line) => Assert.Empty(MountInfo.Parse(line));

    [Fact]
    public void This_process_has_a_root() => Assert.Contains(MountInfo.Read(), mount => mount.Target == "/");
}
