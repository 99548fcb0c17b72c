namespace ImageBuilder.Qemu.Machines;

/// <summary>What <see cref="Firmware.Direct"/> starts: paths of kernel and initramfs, and the kernel command line.</summary>
public sealed record DirectBoot(string Kernel, string Initrd, string CommandLine);
