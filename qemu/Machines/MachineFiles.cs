namespace ImageBuilder.Qemu.Machines;

/// <summary>The paths a machine's command line names, all resolved.</summary>
/// <param name="FirmwareCode">OVMF's program, or null for BIOS and direct.</param>
/// <param name="FirmwareVariables">This machine's own copy of the UEFI variables.</param>
/// <param name="ControlSocket">A listening Unix socket for QMP.</param>
/// <param name="GuestSocket">A listening Unix socket for the guest channel.</param>
/// <param name="ConsoleLog">A copy of the serial output, when the terminal is the user's.</param>
public sealed record MachineFiles(string? FirmwareCode, string? FirmwareVariables, string ControlSocket, string GuestSocket, string? ConsoleLog)
{
    /// <summary>Bytes of the medium's sectors, for a disk.</summary>
    public int SectorSize { get; init; } = DiskSectors.Usual;

    /// <summary>The machine does not boot: it waits for another one's <see cref="MachineState"/>.</summary>
    public bool WaitsForState { get; init; }
}
