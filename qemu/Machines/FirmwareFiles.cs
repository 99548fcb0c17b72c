namespace ImageBuilder.Qemu.Machines;

/// <summary>OVMF's program and the template of its variables.</summary>
public sealed record FirmwareFiles(string Code, string VariablesTemplate)
{
    /// <summary>Where distributions put OVMF: Debian and Ubuntu; Fedora and Arch use other names and are not looked for.</summary>
    private const string DefaultFolder = "/usr/share/OVMF";

    // 4 MiB builds first: Debian 13 and Ubuntu 24.04 ship nothing else. Older releases also have 2 MiB ones.
    private static readonly (string Code, string Variables)[] UefiNames =
        [("OVMF_CODE_4M.fd", "OVMF_VARS_4M.fd"), ("OVMF_CODE.fd", "OVMF_VARS.fd")];

    private static readonly (string Code, string Variables)[] SecureNames =
        [("OVMF_CODE_4M.secboot.fd", "OVMF_VARS_4M.ms.fd"), ("OVMF_CODE.secboot.fd", "OVMF_VARS.ms.fd")];

    /// <summary>Finds the files for UEFI or Secure Boot; null when the firmware needs none. IB6102 when they are missing.</summary>
    public static FirmwareFiles? Find(Firmware firmware, string folder = DefaultFolder)
    {
        if (firmware is not (Firmware.Uefi or Firmware.Secure))
            return null;
        var names = firmware == Firmware.Secure ? SecureNames : UefiNames;
        foreach (var (code, variables) in names)
        {
            var found = new FirmwareFiles(Path.Combine(folder, code), Path.Combine(folder, variables));
            if (File.Exists(found.Code) && File.Exists(found.VariablesTemplate))
                return found;
        }
        throw new QemuException("IB6102", $"UEFI firmware not found: expected {names[0].Code} and {names[0].Variables} in {folder}; "
            + "install the package 'ovmf' (apt install ovmf)");
    }
}
