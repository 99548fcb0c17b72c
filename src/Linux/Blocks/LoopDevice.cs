using System.Runtime.InteropServices;
using System.Text;
using ImageBuilder.Linux.Interop;
using Microsoft.Win32.SafeHandles;

namespace ImageBuilder.Linux.Blocks;

/// <summary>
/// A file as a read-only block device, loop(4). The device frees itself when nobody uses it any more (autoclear), so keep this
/// object until the file system on it is mounted.
/// </summary>
public sealed class LoopDevice : IDisposable
{
    private const string Control = "/dev/loop-control";
    private const nuint LOOP_CLR_FD = 0x4c01;
    private const nuint LOOP_GET_STATUS64 = 0x4c05;
    private const nuint LOOP_CONFIGURE = 0x4c0a;
    private const nuint LOOP_CTL_GET_FREE = 0x4c82;
    private const int Attempts = 64;
    private const int Unit = 4096; // the longest sector of a disk
    private readonly SafeFileHandle device;

    private LoopDevice(string path, SafeFileHandle device, bool directIo)
    {
        Path = path;
        this.device = device;
        DirectIo = directIo;
    }

    /// <summary>The device, "/dev/loop0".</summary>
    public string Path { get; }

    /// <summary>Whether the kernel reads the file past its page cache; it turns that off silently where the file system cannot.</summary>
    public bool DirectIo { get; }

    /// <summary>Puts a file or a block device, or a part of it, behind a free loop device, read-only.</summary>
    /// <param name="file">The file or device.</param>
    /// <param name="offset">Where the part begins, in bytes; for direct I/O a multiple of the disk's sector.</param>
    /// <param name="length">
    /// Bytes of the part; null for all that follows. A loop device has whole sectors: bytes behind the part are seen up to the next
    /// multiple of 4096, or the end of the file.
    /// </param>
    /// <exception cref="LinuxException">The kernel's reason; LOOP_CONFIGURE needs Linux 5.8.</exception>
    public static unsafe LoopDevice Attach(string file, long offset = 0, long? length = null)
    {
        using var backing = Open(file, LibC.O_RDONLY);
        using var control = Open(Control, LibC.O_RDWR);
        for (var attempt = 1; ; attempt++)
        {
            var number = Errno.Check(LibC.ioctl(control, LOOP_CTL_GET_FREE, 0), "ioctl LOOP_CTL_GET_FREE", Control);
            var path = $"/dev/loop{number}";
            var device = Open(path, LibC.O_RDONLY);
            var config = new RawLoopConfig { fd = (uint)backing.DangerousGetHandle() };
            config.info.lo_offset = (ulong)offset;
            config.info.lo_sizelimit = (ulong)((length + Unit - 1) / Unit * Unit ?? 0);
            config.info.lo_flags = LoopFlags.ReadOnly | LoopFlags.AutoClear | LoopFlags.DirectIo;
            // For people: losetup shows it. The last byte stays NUL.
            _ = Encoding.UTF8.TryGetBytes(file, config.info.lo_file_name[..^1], out _);
            if (LibC.ioctl(device, LOOP_CONFIGURE, &config) == 0)
            {
                var status = default(RawLoopInfo64);
                Errno.Check(LibC.ioctl(device, LOOP_GET_STATUS64, &status), "ioctl LOOP_GET_STATUS64", path);
                return new LoopDevice(path, device, status.lo_flags.HasFlag(LoopFlags.DirectIo));
            }
            // Somebody else was quicker: take the next.
            if (Marshal.GetLastPInvokeError() != Errno.EBUSY || attempt == Attempts)
                Errno.Throw("ioctl LOOP_CONFIGURE", $"{path} for {file}");
            device.Dispose();
        }
    }

    /// <summary>Takes the file away from a loop device; false when it has none, or is still in use.</summary>
    public static bool TryDetach(string path)
    {
        using var device = LibC.open(path, LibC.O_RDONLY | LibC.O_CLOEXEC, 0);
        return !device.IsInvalid && LibC.ioctl(device, LOOP_CLR_FD, 0) == 0;
    }

    public void Dispose() => device.Dispose();

    private static SafeFileHandle Open(string path, int flags)
    {
        var handle = LibC.open(path, flags | LibC.O_CLOEXEC, 0);
        if (handle.IsInvalid)
            Errno.Throw("open", path);
        return handle;
    }

    [Flags]
    internal enum LoopFlags : uint
    {
        ReadOnly = 1,
        AutoClear = 4,
        DirectIo = 16,
    }

    /// <summary>struct loop_info64 of linux/loop.h; the fields in use.</summary>
    [StructLayout(LayoutKind.Explicit, Size = Length)]
    internal struct RawLoopInfo64
    {
        public const int Length = 232;
        private const int FileNameOffset = 56, FileNameLength = 64;

        [FieldOffset(24)] public ulong lo_offset;
        [FieldOffset(32)] public ulong lo_sizelimit;
        [FieldOffset(40)] public uint lo_number;
        [FieldOffset(52)] public LoopFlags lo_flags;
        [FieldOffset(FileNameOffset)] private byte fileName;

        [System.Diagnostics.CodeAnalysis.UnscopedRef]
        public Span<byte> lo_file_name => MemoryMarshal.CreateSpan(ref fileName, FileNameLength);
    }

    /// <summary>struct loop_config of linux/loop.h.</summary>
    [StructLayout(LayoutKind.Explicit, Size = Length)]
    internal struct RawLoopConfig
    {
        public const int Length = 304;

        [FieldOffset(0)] public uint fd;
        [FieldOffset(4)] public uint block_size;
        [FieldOffset(8)] public RawLoopInfo64 info;
    }
}
