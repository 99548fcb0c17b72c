using ImageBuilder.Linux.Blocks;

namespace ImageBuilder.Linux.Tests.Blocks;

public sealed class DiskCatalogTests : IDisposable
{
    private const string Usb = "pci0000:00/usb1/1-2", Scsi = Usb + "/1-2:1.0/host6/target6:0:0/6:0:0:0";
    private readonly FakeSysfs sysfs = new();

    public void Dispose() => sysfs.Dispose();

    [Fact]
    public void A_USB_stick_is_removable_and_has_model_serial_number_and_partitions_in_their_order()
    {
        sysfs.Device(Usb, "usb", ("idVendor", "0781"), ("serial", "4C530001"), ("manufacturer", "SanDisk"), ("product", "Ultra"), ("removable", "removable"))
            .Device(Scsi, "scsi", ("vendor", "SanDisk "), ("model", "Ultra           "))
            .Block(Scsi + "/block/sdb", "8:16", 30_000_000, ("ro", "0"), ("removable", "0"))
            .Block(Scsi + "/block/sdb/sdb10", "8:26", 1000, ("partition", "10"))
            .Block(Scsi + "/block/sdb/sdb2", "8:18", 2000, ("partition", "2"));
        var disk = Find("sdb");
        Assert.Equal(("8:16", 15_360_000_000, "SanDisk Ultra", "4C530001", "USB"), (disk.Number, disk.Length, disk.Model, disk.Serial, disk.Bus));
        Assert.True(disk.IsRemovable);
        Assert.False(disk.IsReadOnly);
        Assert.Null(disk.Parent);
        Assert.Equal(["sdb2", "sdb10"], disk.Partitions.Select(partition => partition.Name));
        Assert.Equal("sdb", Find("sdb2").Parent);
        Assert.Equal("sdb10", new DiskCatalog(sysfs.Path).FindByNumber("8:26")?.Name);
    }

    [Fact]
    public void A_USB_device_that_the_firmware_calls_fixed_is_built_in()
    {
        sysfs.Device(Usb, "usb", ("idVendor", "0781"), ("removable", "fixed")).Device(Scsi, "scsi").Block(Scsi + "/block/sdb", "8:16", 1);
        Assert.False(Find("sdb").IsRemovable);
    }

    [Theory]
    [InlineData("MMC", false, "eMMC")]
    [InlineData("SD", true, "SD card")]
    public void A_card_is_removable_and_eMMC_is_not(string type, bool removable, string bus)
    {
        sysfs.Device("platform/mmc0/mmc0:0001", "mmc", ("type", type), ("name", "SC64G"), ("serial", "0x12345678"))
            .Block("platform/mmc0/mmc0:0001/block/mmcblk0", "179:0", 100, ("ro", "1"));
        var disk = Find("mmcblk0");
        Assert.Equal((removable, bus, "SC64G", "0x12345678", true), (disk.IsRemovable, disk.Bus, disk.Model, disk.Serial, disk.IsReadOnly));
    }

    [Fact]
    public void Built_in_disks_are_not_removable_and_drives_with_a_tray_are()
    {
        sysfs.Device("pci0000:00/0000:01:00.0/nvme/nvme0", "nvme", ("model", "Samsung SSD"), ("serial", "S4X"))
            .Block("pci0000:00/0000:01:00.0/nvme/nvme0/nvme0n1", "259:0", 100)
            .Device("pci0000:00/ata1", "ata_port").Device("pci0000:00/ata1/host0/target0:0:0/0:0:0:0", "scsi", ("vendor", "ATA"), ("model", "Disk"))
            .Block("pci0000:00/ata1/host0/target0:0:0/0:0:0:0/block/sda", "8:0", 100, ("removable", "0"))
            .Device("pci0000:00/ata2", "ata_port").Device("pci0000:00/ata2/host1/target1:0:0/1:0:0:0", "scsi", ("model", "DVD"))
            .Block("pci0000:00/ata2/host1/target1:0:0/1:0:0:0/block/sr0", "11:0", 0, ("removable", "1"))
            .Device("pci0000:00/virtio1", "virtio", ("vendor", "0x1af4"))
            .Block("pci0000:00/virtio1/block/vda", "254:0", 100, ("serial", "disk-1"));
        Assert.Equal((false, "NVMe", "S4X"), (Find("nvme0n1").IsRemovable, Find("nvme0n1").Bus, Find("nvme0n1").Serial));
        Assert.Equal((false, "SATA", "ATA Disk"), (Find("sda").IsRemovable, Find("sda").Bus, Find("sda").Model));
        Assert.Equal((true, 0L), (Find("sr0").IsRemovable, Find("sr0").Length));
        Assert.Equal((false, "virtio", "", "disk-1"), (Find("vda").IsRemovable, Find("vda").Bus, Find("vda").Model, Find("vda").Serial));
    }

    [Fact]
    public void What_is_not_there_is_null_and_an_exclamation_mark_is_a_slash()
    {
        sysfs.Block("pci0000:00/cciss!c0d0", "104:0", 1);
        Assert.Null(new DiskCatalog(sysfs.Path).Find("sdz"));
        Assert.Null(new DiskCatalog(sysfs.Path).FindByNumber("1:2"));
        Assert.Equal("/dev/cciss/c0d0", Find("cciss!c0d0").Path);
        Assert.Empty(new DiskCatalog(sysfs.Path + "/nowhere").Names());
    }

    [Fact]
    public void This_machines_own_devices_can_all_be_read()
    {
        var catalog = new DiskCatalog();
        Assert.Equal(catalog.Names(), catalog.Names().Select(name => catalog.Find(name)?.Name.Replace('/', '!')));
    }

    private Disk Find(string name) => new DiskCatalog(sysfs.Path).Find(name) ?? throw new InvalidOperationException($"{name} was not found");
}
