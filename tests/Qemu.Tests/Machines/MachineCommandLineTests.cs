using ImageBuilder.Qemu.Acceleration;
using ImageBuilder.Qemu.Guests;
using ImageBuilder.Qemu.Machines;

namespace ImageBuilder.Qemu.Tests.Machines;

public sealed class MachineCommandLineTests
{
    private static readonly MachineFiles Files = new("/fw/CODE.fd", "/run/vars.fd", "/run/control", "/run/guest", null);

    [Fact]
    public void Writes_are_noted_beside_the_image_that_takes_them()
    {
        var options = new MachineOptions { Image = "x,y.img", Media = Media.Disk, WriteLog = "/run/log" };
        Assert.Contains("driver=blklogwrites,file.driver=raw,file.file.driver=file,file.file.filename=x,,y.img,log.driver=file,log.filename=/run/log,log-append=on", Line(options));
        Assert.Equal("IB6103", Assert.Throws<QemuException>(() => Line(options with { Overlay = "/run/o.qcow2" })).Id);
        Assert.Equal("IB6103", Assert.Throws<QemuException>(() => Line(options with { Media = Media.Cdrom })).Id);
    }

    [Fact]
    public void A_BIOS_machine_with_a_disc()
    {
        var smbios = GuestAgentUnit.SmbiosStrings.Select(text => $"-smbios type=11,value={text}");
        Assert.Equal($"""
            -nodefaults -no-user-config -machine q35 -accel tcg -cpu {Accelerator.Tcg.CpuModel} -m 1024M -smp 1 -display none -vga std
            -device virtio-rng-pci
            -drive if=none,id=medium,media=cdrom,format=raw,readonly=on,file=/out/live.iso
            -device virtio-scsi-pci,id=scsi -device scsi-cd,bus=scsi.0,drive=medium,bootindex=1
            -netdev user,id=net -device virtio-net-pci,netdev=net,romfile=
            -chardev stdio,id=console,signal=off -serial chardev:console -action reboot=shutdown
            -chardev socket,id=control,path=/run/control -mon chardev=control,mode=control
            -chardev socket,id=guest,path=/run/guest -device virtio-serial-pci -device virtserialport,chardev=guest,name=org.imagebuilder.test
            {string.Join(' ', smbios)}
            """.ReplaceLineEndings(" "), Line(new MachineOptions { Image = "/out/live.iso" }, Files with { FirmwareCode = null }));
    }

    [Fact]
    public void A_disk_made_for_sectors_of_4096_bytes_gets_them_and_starts_by_UEFI_only()
    {
        using var folder = new TempFolder();
        var image = new byte[8192];
        File.WriteAllBytes(folder["512.img"], image);
        "EFI PART"u8.CopyTo(image.AsSpan(4096));
        File.WriteAllBytes(folder["4096.img"], image);
        Assert.Equal(512, DiskSectors.Of(folder["512.img"]));
        var files = Files with { SectorSize = DiskSectors.Of(folder["4096.img"]) };
        var options = new MachineOptions { Image = folder["4096.img"], Media = Media.Disk, Firmware = Firmware.Uefi };
        Assert.Contains("virtio-blk-pci,drive=medium,bootindex=1,logical_block_size=4096,physical_block_size=4096", Line(options, files), StringComparison.Ordinal);
        Assert.Equal("IB6103", Assert.Throws<QemuException>(() => Line(options with { Firmware = Firmware.Bios }, files)).Id);
    }

    [Fact]
    public void UEFI_gets_its_program_read_only_and_its_own_variables()
    {
        var line = Line(new MachineOptions { Image = "/i", Firmware = Firmware.Uefi });
        Assert.Contains("-drive if=pflash,unit=0,format=raw,readonly=on,file=/fw/CODE.fd -drive if=pflash,unit=1,format=raw,file=/run/vars.fd", line);
        Assert.DoesNotContain("smm", line);
    }

    [Fact]
    public void Secure_Boot_protects_its_variables_from_the_guest()
    {
        var line = Line(new MachineOptions { Image = "/i", Firmware = Firmware.Secure });
        Assert.Contains("-machine q35,smm=on", line);
        Assert.Contains("-global driver=cfi.pflash01,property=secure,value=on", line);
    }

    [Fact]
    public void An_emulated_machine_has_one_processor_unless_more_are_asked_for()
    {
        var machine = new MachineOptions { Image = "/i" };
        Assert.Contains("-smp 1 ", Line(machine));
        Assert.Contains("-smp 3 ", Line(machine with { Cpus = 3 }));
    }

    [Fact]
    public void Direct_boot_hands_over_kernel_initramfs_and_command_line_as_they_are()
    {
        var arguments = Arguments(new MachineOptions { Firmware = Firmware.Direct, Media = Media.None, Direct = new DirectBoot("/k", "/i", "a=b,c d") });
        Assert.Equal(["-kernel", "/k", "-initrd", "/i", "-append", "a=b,c d"], arguments.SkipWhile(argument => argument != "-kernel").Take(6));
        Assert.DoesNotContain(arguments, argument => argument.Contains("id=medium"));
    }

    [Theory]
    [InlineData(Media.Cdrom, null, "virtio-scsi-pci,id=scsi -device scsi-cd,bus=scsi.0,drive=medium")]
    [InlineData(Media.Cdrom, Bus.Ahci, "ide-cd,bus=ide.0,drive=medium")]
    [InlineData(Media.Cdrom, Bus.Usb, "qemu-xhci,id=usb -device usb-storage,bus=usb.0,drive=medium,bootindex=1 ")]
    [InlineData(Media.Usb, null, "qemu-xhci,id=usb -device usb-storage,bus=usb.0,drive=medium,removable=on,bootindex=1")]
    [InlineData(Media.Usb, Bus.Uas, "usb-uas,bus=usb.0,id=uas -device scsi-hd,bus=uas.0,drive=medium")]
    [InlineData(Media.Disk, null, "virtio-blk-pci,drive=medium")]
    [InlineData(Media.Disk, Bus.Scsi, "virtio-scsi-pci,id=scsi -device scsi-hd,bus=scsi.0,drive=medium")]
    [InlineData(Media.Disk, Bus.Ahci, "ide-hd,bus=ide.0,drive=medium")]
    [InlineData(Media.Disk, Bus.Nvme, "nvme,serial=medium,drive=medium")]
    [InlineData(Media.Disk, Bus.Sd, "sdhci-pci,id=sd -device sd-card,drive=medium")]
    public void The_medium_hangs_on_the_bus_that_is_named(Media media, Bus? bus, string expected) =>
        Assert.Contains("-device " + expected, Line(new MachineOptions { Image = "/i", Media = media, Bus = bus }));

    [Theory]
    [InlineData(Media.Cdrom, Bus.Nvme)]
    [InlineData(Media.Cdrom, Bus.Sd)]
    [InlineData(Media.Usb, Bus.Ahci)]
    public void A_medium_on_a_bus_that_has_none_such_is_refused(Media media, Bus bus) =>
        Assert.Equal("IB6103", Assert.Throws<QemuException>(() => Line(new MachineOptions { Image = "/i", Media = media, Bus = bus })).Id);

    [Theory]
    [InlineData(Media.Usb, "live.iso", false, "snapshot=on")]               // the artefact stays as it is
    [InlineData(Media.Usb, "stick.img", false, "snapshot=off")]
    [InlineData(Media.Disk, "disk.img", true, "snapshot=on")]
    [InlineData(Media.Disk, "disk.img", false, "snapshot=off")]
    public void Writes_stay_or_go_as_asked_and_never_reach_an_ISO(Media media, string image, bool ephemeral, string expected) =>
        Assert.Contains(expected, Line(new MachineOptions { Image = image, Media = media, Ephemeral = ephemeral }));

    [Theory]
    [InlineData(Media.Usb, "-device qemu-xhci,id=usb -device usb-storage,bus=usb.0,drive=medium,removable=on,bootindex=1")]
    [InlineData(Media.Disk, "-device virtio-blk-pci,drive=medium,bootindex=1")]
    public void The_medium_hangs_on_its_own_kind_of_bus(Media media, string expected) =>
        Assert.Contains(expected, Line(new MachineOptions { Image = "x.img", Media = media }));

    [Fact]
    public void An_overlay_takes_the_writes_of_the_image() =>
        Assert.Contains("format=qcow2,file=/run/o.qcow2", Line(new MachineOptions { Image = "x.img", Media = Media.Disk, Overlay = "/run/o.qcow2" }));

    [Fact]
    public void A_guest_waits_for_the_hosts_disk_unless_it_need_not()
    {
        var machine = new MachineOptions { Image = "x.img", Media = Media.Disk };
        Assert.DoesNotContain("cache", Line(machine with { WriteLog = "/run/log" }) + Line(machine) + Line(machine with { Overlay = "/run/o.qcow2" }));
        Assert.Contains("file=x.img,cache=unsafe", Line(machine with { SkipsHostFlush = true }));
        Assert.Contains("file=/run/o.qcow2,cache=unsafe", Line(machine with { SkipsHostFlush = true, Overlay = "/run/o.qcow2" }));
        // Above the log a flush that is skipped would not be noted.
        var logged = Line(machine with { SkipsHostFlush = true, WriteLog = "/run/log" });
        Assert.Contains(",file.file.cache.no-flush=on,log.cache.no-flush=on", logged);
        Assert.DoesNotContain("cache=unsafe", logged);
    }

    [Fact]
    public void A_comma_in_a_path_is_written_twice() =>
        Assert.Contains("file=/a,,b.iso", Line(new MachineOptions { Image = "/a,b.iso" }));

    [Fact]
    public void SSH_listens_on_this_machine_only() =>
        Assert.Contains("-netdev user,id=net,hostfwd=tcp:127.0.0.1:2222-:22", Line(new MachineOptions { Image = "/i", SshPort = 2222 }));

    [Fact]
    public void The_users_terminal_shares_console_and_monitor_and_leaves_a_copy()
    {
        var line = Line(new MachineOptions { Image = "/i", Interactive = true }, Files with { ConsoleLog = "/run/console.log" });
        Assert.Contains("-chardev stdio,id=console,signal=off,mux=on,logfile=/run/console.log -serial chardev:console -mon chardev=console,mode=readline", line);
    }

    [Fact]
    public void Further_arguments_come_last() =>
        Assert.EndsWith(" -device tpm-tis", Line(new MachineOptions { Image = "/i", ExtraArguments = ["-device", "tpm-tis"] }));

    [Fact]
    public void KVM_uses_the_model_that_was_probed() =>
        Assert.Contains("-accel kvm -cpu max", string.Join(' ', MachineCommandLine.Build(new MachineOptions { Image = "/i" }, new Accelerator(true, ""), Files)));

    public static TheoryData<MachineOptions, string> Impossible => new()
    {
        { new MachineOptions { Image = "/i", Cpus = 0 }, "1 to 255 processors" },
        { new MachineOptions { Image = "/i", SshPort = 70000 }, "1 to 65535" },
        { new MachineOptions { Image = "/i", Firmware = Firmware.Direct }, "give the spec instead" },
        { new MachineOptions { Media = Media.None }, "firmware 'direct'" },
        { new MachineOptions(), "no image" },
    };

    [Theory]
    [MemberData(nameof(Impossible))]
    public void What_cannot_work_is_refused_with_the_way_out(MachineOptions options, string expected)
    {
        var error = Assert.Throws<QemuException>(() => MachineCommandLine.Validate(options));
        Assert.Equal("IB6103", error.Id);
        Assert.Contains(expected, error.Message);
    }

    private static string Line(MachineOptions options, MachineFiles? files = null) => string.Join(' ', Arguments(options, files));

    private static IReadOnlyList<string> Arguments(MachineOptions options, MachineFiles? files = null) =>
        MachineCommandLine.Build(options, Accelerator.Tcg, files ?? Files);
}
