using ImageBuilder.Qemu.Machines;

namespace ImageBuilder.Qemu.Tests.Machines;

public sealed class FirmwareFilesTests
{
    [Theory]
    [InlineData(Firmware.Bios)]
    [InlineData(Firmware.Direct)]
    public void BIOS_and_direct_need_no_files(Firmware firmware) => Assert.Null(FirmwareFiles.Find(firmware, "/nowhere"));

    [Theory]
    [InlineData(Firmware.Uefi, "OVMF_CODE_4M.fd", "OVMF_VARS_4M.fd")]
    [InlineData(Firmware.Secure, "OVMF_CODE_4M.secboot.fd", "OVMF_VARS_4M.ms.fd")]
    [InlineData(Firmware.Uefi, "OVMF_CODE.fd", "OVMF_VARS.fd")]
    public void The_names_of_Debian_and_Ubuntu_are_found(Firmware firmware, string code, string variables)
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder[code], "");
        File.WriteAllText(folder[variables], "");
        Assert.Equal(new FirmwareFiles(folder[code], folder[variables]), FirmwareFiles.Find(firmware, folder.Path));
    }

    [Fact]
    public void Missing_firmware_is_an_error_that_names_the_package()
    {
        var error = Assert.Throws<QemuException>(() => FirmwareFiles.Find(Firmware.Secure, "/nowhere"));
        Assert.Equal("IB6102", error.Id);
        Assert.Contains("apt install ovmf", error.Message);
    }
}
