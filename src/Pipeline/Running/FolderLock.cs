using System.Runtime.InteropServices;
using ImageBuilder.Linux;
using Microsoft.Win32.SafeHandles;

namespace ImageBuilder.Pipeline.Running;

/// <summary>A folder held against every other process that asks for it (flock(2) on the folder itself, so nothing is left in it).</summary>
internal sealed partial class FolderLock : IDisposable
{
    private const int LOCK_EX = 2;
    private const int LOCK_NB = 4;
    private const int EINTR = 4;
    private const int EWOULDBLOCK = 11;
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(50);
    private readonly SafeFileHandle folder;

    private FolderLock(SafeFileHandle folder) => this.folder = folder;

    /// <summary>Waits until the folder is free, and takes it.</summary>
    /// <exception cref="IOException">It cannot be opened or locked.</exception>
    /// <exception cref="OperationCanceledException">Cancelled while waiting.</exception>
    public static FolderLock Take(string path, CancellationToken cancel)
    {
        var held = new FolderLock(Folder.Open(path));
        try
        {
            while (flock(held.folder, LOCK_EX | LOCK_NB) < 0)
            {
                if (Marshal.GetLastPInvokeError() is not (EINTR or EWOULDBLOCK))
                    throw new IOException($"{path} cannot be locked: {Marshal.GetLastPInvokeErrorMessage()}");
                if (cancel.WaitHandle.WaitOne(Interval))
                    throw new OperationCanceledException(cancel);
            }
            return held;
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    public void Dispose() => folder.Dispose();

    [LibraryImport("libc", SetLastError = true)]
    private static partial int flock(SafeHandle fd, int operation);
}
