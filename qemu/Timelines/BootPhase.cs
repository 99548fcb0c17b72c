namespace ImageBuilder.Qemu.Timelines;

/// <summary>One phase of the boot; microseconds of CLOCK_BOOTTIME, so 0 is the kernel's start.</summary>
public sealed record BootPhase(string Name, long StartMicroseconds, long EndMicroseconds);
