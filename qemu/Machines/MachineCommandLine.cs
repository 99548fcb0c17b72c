using System.Globalization;
using ImageBuilder.Qemu.Acceleration;
using ImageBuilder.Qemu.Guests;

namespace ImageBuilder.Qemu.Machines;

/// <summary>From options to QEMU's arguments. Pure: all paths are given.</summary>
public static class MachineCommandLine
{
    /// <summary>Checks what cannot work together. IB6103 with the remedy.</summary>
    public static void Validate(MachineOptions options)
    {
        if (options.Cpus is < 1 or > 255)
            throw Invalid($"a machine has 1 to 255 processors, not {options.Cpus}");
        if (options.SshPort is < 1 or > 65535)
            throw Invalid($"a port is 1 to 65535, not {options.SshPort}");
        if (options.Firmware == Firmware.Direct && options.Direct is null)
            throw Invalid("firmware 'direct' needs a kernel, an initramfs and a command line, which come from building a spec; give the spec instead of the artefact");
        if (options.Media == Media.None && options.Firmware != Firmware.Direct)
            throw Invalid("media 'none' leaves nothing to boot from; use it with firmware 'direct'");
        if (options.Media == Media.Cdrom && options.Bus is Bus.Nvme or Bus.Sd)
            throw Invalid($"there are no CD drives on the bus '{options.Bus.ToString()!.ToLowerInvariant()}'; use media 'disk'");
        if (options.Media == Media.Usb && options.Bus is not (null or Bus.Usb or Bus.Uas))
            throw Invalid("media 'usb' is a stick on the bus 'usb' or 'uas'; use media 'disk' for other buses");
        if (options.WriteLog is not null && (options.Media is not (Media.Disk or Media.Usb) || options.Ephemeral || options.Overlay is not null))
            throw Invalid("only writes to a disk that go to its image can be noted");
        if (options.Media != Media.None && options.Image is null)
            throw Invalid("no image to boot from");
    }

    /// <summary>QEMU's arguments, without the program's name.</summary>
    public static IReadOnlyList<string> Build(MachineOptions options, Accelerator accelerator, MachineFiles files)
    {
        Validate(options);
        if (files.SectorSize != DiskSectors.Usual && options.Firmware == Firmware.Bios)
            throw Invalid($"no BIOS starts a disk with sectors of {files.SectorSize} bytes; use firmware 'uefi'");
        var arguments = new List<string>
        {
            "-nodefaults", "-no-user-config",
            "-machine", options.Firmware == Firmware.Secure ? "q35,smm=on" : "q35",
            "-accel", accelerator.QemuName, "-cpu", accelerator.CpuModel,
            "-m", options.Memory.ToString(), "-smp", Cpus(options, accelerator).ToString(CultureInfo.InvariantCulture),
            "-display", options.Display, "-vga", "std",
            "-device", "virtio-rng-pci",
        };
        AddFirmware(arguments, options, files);
        AddMedium(arguments, options, files);
        AddNetwork(arguments, options);
        if (options.Clock is { } clock)
            arguments.AddRange(["-rtc", $"base={clock.ToString("yyyy-MM-dd'T'HH:mm:ss", CultureInfo.InvariantCulture)}"]);
        if (options.Watchdog)
            arguments.AddRange(["-device", "i6300esb", "-action", "watchdog=reset"]);
        AddChannels(arguments, options, files);
        if (files.WaitsForState)
            arguments.AddRange(["-incoming", "defer"]);
        arguments.AddRange(options.ExtraArguments);
        return arguments;
    }

    // With several emulated processors guest kernels now and then die or hang early, and OVMF's wait for each other in busy loops, which
    // takes minutes where the machine has less than a whole core for each.
    private static int Cpus(MachineOptions options, Accelerator accelerator) => options.Cpus ?? (accelerator.IsKvm ? 2 : 1);

    private static void AddFirmware(List<string> arguments, MachineOptions options, MachineFiles files)
    {
        if (files.FirmwareCode is { } code)
        {
            // Without the secure property any guest code could rewrite the enrolled keys.
            if (options.Firmware == Firmware.Secure)
                arguments.AddRange(["-global", "driver=cfi.pflash01,property=secure,value=on"]);
            arguments.AddRange(["-drive", $"if=pflash,unit=0,format=raw,readonly=on,file={Escape(code)}"]);
            arguments.AddRange(["-drive", $"if=pflash,unit=1,format=raw,file={Escape(files.FirmwareVariables!)}"]);
        }
        if (options is { Firmware: Firmware.Direct, Direct: { } direct })
            arguments.AddRange(["-kernel", direct.Kernel, "-initrd", direct.Initrd, "-append", direct.CommandLine]);
    }

    private static void AddMedium(List<string> arguments, MachineOptions options, MachineFiles files)
    {
        if (options.Media == Media.None)
            return;
        var drive = "if=none,id=medium";
        var cache = options.SkipsHostFlush ? ",cache=unsafe" : "";
        if (options.Media == Media.Cdrom)
            drive += $",media=cdrom,format=raw,readonly=on,file={Escape(options.Image!)}";
        else if (options.WriteLog is { } log)
            drive += $",driver=blklogwrites,file.driver=raw,file.file.driver=file,file.file.filename={Escape(options.Image!)}"
                + $",log.driver=file,log.filename={Escape(log)},log-append=on,log-super-update-interval=1"
                + (options.SkipsHostFlush ? ",file.file.cache.no-flush=on,log.cache.no-flush=on" : ""); // not at the top: flushes are noted, too
        else if (options.Overlay is { } overlay)
            drive += $",format=qcow2,file={Escape(overlay)}{cache}";
        else
            drive += $",format=raw,snapshot={(IsEphemeral(options) ? "on" : "off")},file={Escape(options.Image!)}{cache}";
        arguments.AddRange(["-drive", drive]);
        arguments.AddRange(Devices(options.Media == Media.Cdrom, options.Bus ?? (options.Media == Media.Usb ? Bus.Usb : Bus.Virtio), files.SectorSize));
    }

    private static string[] Devices(bool cd, Bus bus, int sectorSize)
    {
        var sectors = sectorSize == DiskSectors.Usual || cd ? "" : $",logical_block_size={sectorSize},physical_block_size={sectorSize}";
        string Medium = "drive=medium,bootindex=1" + sectors, Stick = "drive=medium,removable=on,bootindex=1" + sectors;
        var scsi = cd ? "scsi-cd" : "scsi-hd";
        return bus switch
        {
            Bus.Virtio when !cd => ["-device", $"virtio-blk-pci,{Medium}"],
            Bus.Virtio or Bus.Scsi => ["-device", "virtio-scsi-pci,id=scsi", "-device", $"{scsi},bus=scsi.0,{Medium}"],
            Bus.Ahci => ["-device", $"{(cd ? "ide-cd" : "ide-hd")},bus=ide.0,{Medium}"], // q35 has the controller
            Bus.Nvme => ["-device", $"nvme,serial=medium,{Medium}"],
            // usb-storage makes a CD drive of a drive with media=cdrom
            Bus.Usb => ["-device", "qemu-xhci,id=usb", "-device", $"usb-storage,bus=usb.0,{(cd ? Medium : Stick)}"],
            Bus.Uas => ["-device", "qemu-xhci,id=usb", "-device", "usb-uas,bus=usb.0,id=uas", "-device", $"{scsi},bus=uas.0,{Medium}"],
            _ => ["-device", "sdhci-pci,id=sd", "-device", "sd-card,drive=medium"],
        };
    }

    // An ISO's bytes are published under a digest; a guest that thinks it is a stick must not change them.
    private static bool IsEphemeral(MachineOptions options) =>
        options.Ephemeral || options.Image!.EndsWith(".iso", StringComparison.OrdinalIgnoreCase);

    private static void AddNetwork(List<string> arguments, MachineOptions options)
    {
        var forward = options.SshPort is { } port ? $",hostfwd=tcp:127.0.0.1:{port}-:22" : "";
        arguments.AddRange(["-netdev", $"user,id=net{forward}"]);
        arguments.AddRange(["-device", "virtio-net-pci,netdev=net,romfile="]);      // no network boot
    }

    private static void AddChannels(List<string> arguments, MachineOptions options, MachineFiles files)
    {
        var console = "stdio,id=console,signal=off";
        if (files.ConsoleLog is { } log)
            console += $",mux=on,logfile={Escape(log)}";
        arguments.AddRange(["-chardev", console, "-serial", "chardev:console"]);
        // A reset ends QEMU, and VirtualMachine starts it anew; a person's window and monitor stay.
        arguments.AddRange(options.Interactive ? ["-mon", "chardev=console,mode=readline"] : (string[])["-action", "reboot=shutdown"]);
        arguments.AddRange(["-chardev", $"socket,id=control,path={Escape(files.ControlSocket)}", "-mon", "chardev=control,mode=control"]);
        arguments.AddRange(["-chardev", $"socket,id=guest,path={Escape(files.GuestSocket)}", "-device", "virtio-serial-pci"]);
        arguments.AddRange(["-device", $"virtserialport,chardev=guest,name={GuestAgentUnit.PortName}"]);
        foreach (var credential in GuestAgentUnit.SmbiosStrings)
            arguments.AddRange(["-smbios", $"type=11,value={Escape(credential)}"]);
    }

    // QEMU's option syntax: a comma in a value is written twice.
    private static string Escape(string value) => value.Replace(",", ",,", StringComparison.Ordinal);

    private static QemuException Invalid(string message) => new("IB6103", message);
}
