using ImageBuilder.Linux.Modules;

namespace ImageBuilder.Linux.Tests.Modules;

public class ModuleTableTests
{
    private const string Text = """
        module ata_piix ata_piix.ko libata,scsi_mod - -
        module hv_storvsc hv_storvsc.ko hv_vmbus,scsi_mod - -
        module isofs isofs.ko - nls_utf8 -
        module ohci_pci ohci_pci.ko ohci_hcd ehci_pci usbmon
        builtin virtio_pci
        alias fs-iso9660 isofs
        alias pci:v00008086d00007010sv*sd*bc*sc*i* ata_piix

        """;

    [Fact]
    public void What_is_written_is_read_again() => Assert.Equal(Text, ModuleTable.Parse(Text).ToString());

    [Fact]
    public void A_device_finds_its_module() =>
        Assert.Equal(["ata_piix"], ModuleTable.Parse(Text).Match("pci:v00008086d00007010sv00001AF4sd00001100bc01sc01i80"));

    [Fact]
    public void A_module_is_found_by_its_name_with_either_dash() => Assert.Equal(["hv_storvsc"], ModuleTable.Parse(Text).Match("hv-storvsc"));

    [Fact]
    public void A_file_system_finds_its_module() => Assert.Equal(["isofs"], ModuleTable.Parse(Text).Match("fs-iso9660"));

    [Fact]
    public void A_device_without_module_finds_nothing() => Assert.Empty(ModuleTable.Parse(Text).Match("pci:v00001234d00000000"));

    [Fact]
    public void Wishes_before_and_after_are_told_apart()
    {
        var module = ModuleTable.Parse(Text).Modules["ohci_pci"];
        Assert.Equal(["ohci_hcd"], module.Dependencies);
        Assert.Equal(["ehci_pci"], module.Before);
        Assert.Equal(["usbmon"], module.After);
    }

    [Fact]
    public void A_line_that_is_not_understood_is_an_error_with_its_number()
    {
        var error = Assert.Throws<FormatException>(() => ModuleTable.Parse("builtin a\nnonsense here\n"));
        Assert.Contains("line 2", error.Message);
    }
}
