using System.Diagnostics;
using System.Runtime.InteropServices;
using ImageBuilder.Linux.Interop;
using Microsoft.Win32.SafeHandles;

namespace ImageBuilder.Linux.Blocks;

/// <summary>A block device opened for this process alone, past the page cache (O_DIRECT); or a regular file that stands for one.</summary>
public sealed class RawDevice : IRawDevice, IDisposable
{
    // linux/fs.h
    private const nuint BLKRRPART = 0x125f;
    private const nuint BLKFLSBUF = 0x1261;
    private const nuint BLKSSZGET = 0x1268;
    private const nuint BLKZEROOUT = 0x127f;
    private const nuint BLKGETSIZE64 = 0x80081272;
    private const int POSIX_FADV_DONTNEED = 4;
    private const int FileBlock = 512;
    private static readonly TimeSpan ClaimPatience = TimeSpan.FromSeconds(2);

    private readonly SafeFileHandle handle;
    private readonly string path;
    private readonly bool isBlockDevice;

    private unsafe RawDevice(SafeFileHandle handle, string path, bool isBlockDevice)
    {
        (this.handle, this.path, this.isBlockDevice) = (handle, path, isBlockDevice);
        if (!isBlockDevice)
        {
            (Length, BlockLength) = (RandomAccess.GetLength(handle), FileBlock);
            return;
        }
        ulong length;
        int block;
        Errno.Check(LibC.ioctl(handle, BLKGETSIZE64, &length), "ioctl BLKGETSIZE64", path);
        Errno.Check(LibC.ioctl(handle, BLKSSZGET, &block), "ioctl BLKSSZGET", path);
        (Length, BlockLength) = (checked((long)length), block);
    }

    public long Length { get; }

    public int BlockLength { get; }

    /// <summary>
    /// Opens for reading and writing. A block device is claimed: while this object lives nothing can be mounted from it, and the call fails
    /// with EBUSY when something is (O_EXCL without O_CREAT, open(2)). It waits two seconds for a claim to be given up: a process that another
    /// has just started holds what its parent had open until it runs its own program.
    /// </summary>
    /// <exception cref="LinuxException">The kernel's reason.</exception>
    public static RawDevice Open(string path, bool isBlockDevice) => Open(path, isBlockDevice, LibC.O_EXCL);

    /// <summary>
    /// Opens a block device that others use too: the disk whose table is to be changed while a partition of it is mounted. What is written
    /// must not be theirs.
    /// </summary>
    /// <exception cref="LinuxException">The kernel's reason.</exception>
    public static RawDevice OpenShared(string path) => Open(path, isBlockDevice: true, 0);

    /// <summary>Opens for reading only, while others use it.</summary>
    /// <exception cref="LinuxException">The kernel's reason.</exception>
    public static RawDevice OpenToRead(string path, bool isBlockDevice = true) => Open(path, isBlockDevice, 0, LibC.O_RDONLY);

    private static RawDevice Open(string path, bool isBlockDevice, int claim, int access = LibC.O_RDWR)
    {
        var flags = access | LibC.O_CLOEXEC | (isBlockDevice ? claim | LibC.O_DIRECT : 0);
        var since = Stopwatch.StartNew();
        SafeFileHandle handle;
        while ((handle = LibC.open(path, flags, 0)).IsInvalid && claim != 0 && Marshal.GetLastPInvokeError() == Errno.EBUSY && since.Elapsed < ClaimPatience)
            Thread.Sleep(10);
        if (handle.IsInvalid)
            Errno.Throw("open", path);
        return new RawDevice(handle, path, isBlockDevice);
    }

    public void Write(long offset, ReadOnlySpan<byte> buffer) => RandomAccess.Write(handle, buffer, offset);

    public unsafe void Zero(long offset, long length)
    {
        if (!isBlockDevice)
        {
            IRawDevice.WriteZeros(this, offset, length);
            return;
        }
        var range = stackalloc long[2] { offset, length };
        Errno.Check(LibC.ioctl(handle, BLKZEROOUT, range), "ioctl BLKZEROOUT", path);
    }

    public void Read(long offset, Span<byte> buffer)
    {
        if (FileSystemProbe.ReadAt(handle, offset, buffer) is var read && read < buffer.Length)
            throw new LinuxException("read", path, Errno.EIO, $"the device ends at byte {offset + read}, where it said it has {Length}");
    }

    public void Flush() => RandomAccess.FlushToDisk(handle);

    public void DropCache()
    {
        if (isBlockDevice)
            _ = LibC.ioctl(handle, BLKFLSBUF, 0);
        else
            _ = LibC.posix_fadvise(handle, 0, 0, POSIX_FADV_DONTNEED);
    }

    // Not a partition table of a device that cannot have one: nothing to read again.
    public bool RereadPartitions() => !isBlockDevice || LibC.ioctl(handle, BLKRRPART, 0) == 0 || Marshal.GetLastPInvokeError() == Errno.EINVAL;

    public void Dispose() => handle.Dispose();
}
