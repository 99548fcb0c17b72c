using System.Text;
using ImageBuilder.Linux.Devices;

namespace ImageBuilder.Linux.Tests.Devices;

public class UeventTests
{
    [Fact]
    public void A_kernel_message_is_read()
    {
        var uevent = Uevent.TryParse(Encoding.UTF8.GetBytes(
            "add@/devices/pci0000:00/0000:00:01.1\0ACTION=add\0DEVPATH=/devices/pci0000:00/0000:00:01.1\0SUBSYSTEM=pci\0MODALIAS=pci:v00008086d00007010\0SEQNUM=1\0"));
        Assert.NotNull(uevent);
        Assert.Equal("add", uevent.Action);
        Assert.Equal("pci", uevent.Subsystem);
        Assert.Equal("pci:v00008086d00007010", uevent.ModuleAlias);
        Assert.Null(uevent.DeviceName);
        Assert.Equal("1", uevent["SEQNUM"]);
    }

    [Theory]
    [InlineData("")]
    [InlineData("libudev\0\0\0\0ACTION=add\0")]
    [InlineData("add@/devices/no-end")]
    public void What_the_kernel_did_not_send_is_not_read(string message) => Assert.Null(Uevent.TryParse(Encoding.UTF8.GetBytes(message)));

    [Fact]
    public void A_value_may_contain_an_equals_sign() =>
        Assert.Equal("a=b", Uevent.TryParse("add@/x\0PARTNAME=a=b\0"u8)!["PARTNAME"]);
}
