namespace ImageBuilder.Linux.Mounts;

/// <summary>Flags of mount(2), linux/mount.h.</summary>
[Flags]
public enum MountFlags : ulong
{
    None = 0,
    ReadOnly = 1,
    NoSuid = 2,
    NoDev = 4,
    NoExec = 8,
    Remount = 32,
    Bind = 4096,
    Move = 8192,
    Recursive = 16384,
    Private = 1 << 18,
    StrictAccessTime = 1 << 24,
}
