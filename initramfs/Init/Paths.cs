namespace ImageBuilder.Init;

/// <summary>Where things are while this program runs. All below /run stays reachable from the real system; short, for overlayfs.</summary>
internal static class Paths
{
    public const string Run = "/run/ib";
    public const string Medium = Run + "/medium";
    public const string Disk = Run + "/disk";
    public const string Layers = Run + "/l";
    public const string Ram = Run + "/ram";
    public const string Upper = Run + "/upper";
    public const string Data = Run + "/data";
    public const string Areas = Run + "/areas";
    public const string Carry = Run + "/c";
    public const string NewRoot = "/sysroot";
    public const string BootRecordFolder = "/run/imagebuilder";
    public const string BootRecord = BootRecordFolder + "/boot.json";
    public const string Notice = Update.DevicePaths.Notice;
    public const string MachineId = BootRecordFolder + "/machine-id";
    public const string Shutdown = "/run/initramfs/shutdown";
}
