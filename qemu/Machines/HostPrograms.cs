namespace ImageBuilder.Qemu.Machines;

/// <summary>Finds the programs that machines need, and names the package of a missing one.</summary>
internal static class HostPrograms
{
    /// <summary>IB6101 when it is missing.</summary>
    public static string Qemu() => Find("qemu-system-x86_64") ?? throw new QemuException("IB6101",
        "qemu-system-x86_64 not found on the PATH; install the package 'qemu-system-x86' (apt install qemu-system-x86)");

    /// <summary>util-linux's setpriv, which lets the kernel end a child with its parent; null when it is missing.</summary>
    public static string? SetPriv() => Find("setpriv");

    private static string? Find(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "/usr/bin:/bin").Split(':', StringSplitOptions.RemoveEmptyEntries)
        .Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);
}
