using ImageBuilder.Linux.CommandLines;
using ImageBuilder.Linux.Modules;

namespace ImageBuilder.Pipeline.CommandLines;

/// <summary>Words that are not the boot program's: what the kernel's admin guide (kernel-parameters) and kernel-command-line(7) say of those in use.</summary>
internal static class KernelWords
{
    private static readonly Dictionary<string, string> Kernel = new(StringComparer.Ordinal)
    {
        ["BOOT_IMAGE"] = "left by the boot loader: the kernel's own path",
        ["initrd"] = "read by the kernel's EFI stub or left by the boot loader: the initramfs",
        ["console"] = "where the kernel and the boot program speak; the last one is /dev/console",
        ["earlycon"] = "messages before the consoles work",
        ["earlyprintk"] = "messages before the consoles work",
        ["loglevel"] = "messages below this level are shown",
        ["ignore_loglevel"] = "all messages are shown",
        ["log_buf_len"] = "the size of the kernel's log",
        ["nomodeset"] = "no kernel driver for the screen: the firmware's picture stays",
        ["video"] = "the screen's resolution",
        ["vga"] = "the text mode under BIOS",
        ["fbcon"] = "the console on the screen",
        ["acpi"] = "ACPI on or off",
        ["acpi_osi"] = "what the firmware is told about the system",
        ["noapic"] = "no I/O APIC",
        ["nolapic"] = "no local APIC",
        ["apic"] = "messages of the APIC",
        ["irqpoll"] = "looks for lost interrupts",
        ["pci"] = "how the PCI buses are set up",
        ["pcie_aspm"] = "power saving of PCI Express",
        ["iommu"] = "the IOMMU",
        ["intel_iommu"] = "the IOMMU",
        ["amd_iommu"] = "the IOMMU",
        ["mem"] = "uses so much memory only",
        ["memmap"] = "the map of the memory",
        ["memtest"] = "tests the memory first",
        ["hugepages"] = "huge pages that are set aside",
        ["maxcpus"] = "processors started at boot",
        ["nr_cpus"] = "processors at most",
        ["nosmp"] = "one processor only",
        ["mitigations"] = "protection against flaws of the processor",
        ["nokaslr"] = "the kernel at a fixed address",
        ["lockdown"] = "keeps root out of the kernel",
        ["security"] = "the security module",
        ["lsm"] = "the security modules",
        ["apparmor"] = "AppArmor on or off",
        ["selinux"] = "SELinux on or off",
        ["enforcing"] = "SELinux forbids or only tells",
        ["audit"] = "the audit log",
        ["gpt"] = "takes the backup partition table when the first is damaged",
        ["resume"] = "no hibernation here: a live system has nothing to wake up to",
        ["noresume"] = "no hibernation here: a live system has nothing to wake up to",
        ["rdinit"] = "the program of the initramfs that is started instead of the boot program",
        ["nfsroot"] = "a root on the network, which the boot program does not mount",
        ["ip"] = "the network before the real system, which the boot program does not need",
        ["clocksource"] = "the clock",
        ["tsc"] = "the clock",
        ["nowatchdog"] = "no detection of lockups",
        ["nmi_watchdog"] = "detection of lockups",
        ["reboot"] = "how the machine restarts",
        ["swapaccount"] = "counts swap per group of processes",
        ["cgroup_disable"] = "leaves out a controller of process groups",
        ["threadirqs"] = "interrupts as threads",
        ["preempt"] = "how the kernel is interrupted",
        ["isolcpus"] = "processors that get no work by themselves",
        ["crashkernel"] = "memory for a kernel that saves a crash",
        ["efi"] = "the firmware's services",
        ["noefi"] = "none of the firmware's services",
        ["usbcore"] = "USB",
        ["nousb"] = "no USB: keyboards and sticks do not work",
        ["libata.force"] = "how SATA links are run",
        ["S"] = "the real init starts a single-user system",
        ["single"] = "the real init starts a single-user system",
        ["rescue"] = "systemd starts its rescue mode",
        ["emergency"] = "systemd starts its emergency mode",
    };

    private static readonly (string Prefix, string Owner, string Meaning)[] Systems =
    [
        ("systemd.", "systemd", "systemd reads it in the real system"),
        ("rd.systemd.", "systemd", "for a systemd in the initramfs, and there is none"),
        ("rd.udev.", "udev", "for a udev in the initramfs, and there is none"),
        ("udev.", "udev", "udev reads it in the real system"),
        ("net.", "udev", "how network devices are named in the real system"),
        ("biosdevname", "udev", "how network devices are named in the real system"),
        ("fsck.", "systemd", "how the real system checks its disks"),
        ("quotacheck.", "systemd", "how the real system checks its quotas"),
        ("modules-load", "systemd", "modules that the real system loads"),
        ("locale.", "systemd", "the language of the real system"),
        ("vconsole.", "systemd", "the keyboard of the real system's consoles"),
        ("plymouth.", "plymouth", "plymouth reads it in the real system"),
        ("cloud-init", "cloud-init", "cloud-init reads it in the real system"),
        ("ds=", "cloud-init", "cloud-init reads it in the real system"),
        ("luks", "systemd", "encrypted disks of the real system"),
        ("rd.luks", "dracut", "encrypted disks, which the boot program does not open"),
        ("rd.", "dracut", "the boot program has nothing like it"),
        ("live-config", "live-config", "live-config reads it where it is installed"),
        ("components", "live-config", "live-config reads it where it is installed"),
    ];

    /// <summary>A word that the boot program does not know.</summary>
    public static ExplainedWord Explain(Word word)
    {
        var said = word.ToString();
        if (Kernel.TryGetValue(word.Key, out var meaning))
            return new ExplainedWord(said, WordVerdict.Kernel, "kernel", meaning, null);
        foreach (var (prefix, owner, system) in Systems)
            if (said.StartsWith(prefix, StringComparison.Ordinal))
                return new ExplainedWord(said, owner == "dracut" || prefix.StartsWith("rd.", StringComparison.Ordinal) ? WordVerdict.Nothing : WordVerdict.System, owner, system, null);
        // Documentation/admin-guide/kernel-parameters.rst: a dot makes it a module's; the others go to init.
        if (word.Key.IndexOf('.') is > 0 and var dot)
            return new ExplainedWord(said, WordVerdict.Module, "kernel", $"parameter {word.Key[(dot + 1)..]} of the kernel's module {KernelModule.Normalize(word.Key[..dot])}", null);
        return new ExplainedWord(said, WordVerdict.Passed, "?", word.Value is null
            ? "not known here: the kernel takes it if it is its own, else the real init gets it as an argument"
            : "not known here: the kernel takes it if it is its own, else the real init gets it in its environment", null);
    }
}
