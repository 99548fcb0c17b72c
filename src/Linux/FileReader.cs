namespace ImageBuilder.Linux;

/// <summary>Reads a file from its beginning to its end, the next part while one is worked on.</summary>
public static class FileReader
{
    private const int PartLength = 1 << 20;

    /// <summary>Reads the file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="take">Gets every part, in order; may keep it only until it returns.</param>
    /// <returns>The file's length.</returns>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static long Read(string path, Action<ReadOnlyMemory<byte>> take)
    {
        using var file = File.OpenHandle(path, options: FileOptions.SequentialScan);
        var (now, next) = (new byte[PartLength], new byte[PartLength]);
        var length = RandomAccess.Read(file, now, 0);
        long offset = 0;
        while (length > 0)
        {
            offset += length;
            var (at, buffer) = (offset, next);
            var reading = Task.Run(() => RandomAccess.Read(file, buffer, at));
            try
            {
                take(now.AsMemory(0, length));
            }
            finally
            {
                // The handle must not be closed under a read.
                ((IAsyncResult)reading).AsyncWaitHandle.WaitOne();
            }
            length = reading.GetAwaiter().GetResult();
            (now, next) = (next, now);
        }
        return offset;
    }
}
