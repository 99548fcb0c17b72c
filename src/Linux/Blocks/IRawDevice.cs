namespace ImageBuilder.Linux.Blocks;

/// <summary>A disk as an array of bytes that is written and read past the page cache.</summary>
public interface IRawDevice
{
    /// <summary>In bytes.</summary>
    long Length { get; }

    /// <summary>What offsets and lengths must be a multiple of, in bytes.</summary>
    int BlockLength { get; }

    /// <summary>Writes all of the buffer.</summary>
    /// <exception cref="IOException">The device does not take it.</exception>
    void Write(long offset, ReadOnlySpan<byte> buffer);

    /// <summary>Makes a part of the device read as zeros, by its own means where it has any.</summary>
    /// <exception cref="IOException">The device does not take it.</exception>
    void Zero(long offset, long length) => WriteZeros(this, offset, length);

    /// <summary><see cref="Zero"/> for devices that have no means of their own.</summary>
    static void WriteZeros(IRawDevice device, long offset, long length)
    {
        const int most = 1 << 20;
        using var zeros = new AlignedBuffer((int)Math.Min(length, most));
        zeros.Span.Clear();
        for (long done = 0; done < length; done += most)
            device.Write(offset + done, zeros.Span[..(int)Math.Min(length - done, most)]);
    }

    /// <summary>Fills the buffer.</summary>
    /// <exception cref="IOException">The device does not give it.</exception>
    void Read(long offset, Span<byte> buffer);

    /// <summary>Returns when everything written is on the device, not in a cache of the kernel or the drive (fsync(2)).</summary>
    /// <exception cref="IOException">It did not get there.</exception>
    void Flush();

    /// <summary>Lets the kernel forget what it has in memory of the device, so that reading asks the device.</summary>
    void DropCache();

    /// <summary>Lets the kernel read the partition table again; false when it does not.</summary>
    bool RereadPartitions();
}
