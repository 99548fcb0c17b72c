using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace ImageBuilder.TestSupport;

/// <summary>
/// A disk in memory, as far as it differs from the image that a recording began with. Forks share what they have in common: a state of a disk of many
/// gigabytes costs no more than the blocks that were written since.
/// </summary>
public sealed class LoggedDisk
{
    private const int Block = 4096;
    private readonly SafeFileHandle image;
    private readonly Lazy<List<long>> data;
    private readonly LoggedDisk? parent;
    private readonly Dictionary<long, (byte[] Bytes, UInt128 Name)> blocks = []; // an array that is in here is never changed
    private UInt128 digest;

    /// <param name="image">What is on the disk at first; stays the caller's.</param>
    /// <param name="length">Bytes of the disk; what lies behind the image's end is zeros.</param>
    public LoggedDisk(SafeFileHandle image, long length)
    {
        (this.image, Length) = (image, length);
        data = new Lazy<List<long>>(FindData);
    }

    private LoggedDisk(LoggedDisk parent) => (image, Length, data, this.parent, digest) = (parent.image, parent.Length, parent.data, parent, parent.digest);

    /// <summary>In bytes.</summary>
    public long Length { get; }

    /// <summary>Names the content among all states of one recording.</summary>
    public UInt128 Digest => digest;

    /// <summary>A disk with the same content, whose writes are its own. This one must not be written to while the fork is used.</summary>
    public LoggedDisk Fork() => new(this);

    /// <summary>Fills a buffer.</summary>
    public void Read(long offset, Span<byte> buffer)
    {
        for (var done = 0; done < buffer.Length;)
        {
            var (number, from) = Math.DivRem(offset + done, Block);
            var part = buffer.Slice(done, (int)Math.Min(Block - from, buffer.Length - done));
            if (Find(number) is { Bytes: var block })
                block.AsSpan((int)from, part.Length).CopyTo(part);
            else
                ReadImage(offset + done, part);
            done += part.Length;
        }
    }

    /// <summary>Writes a buffer.</summary>
    public void Write(long offset, ReadOnlySpan<byte> buffer)
    {
        for (var done = 0; done < buffer.Length;)
        {
            var (number, from) = Math.DivRem(offset + done, Block);
            var part = buffer.Slice(done, (int)Math.Min(Block - from, buffer.Length - done));
            var old = Find(number) ?? Named(number, FromImage(number));
            var changed = (byte[])old.Bytes.Clone();
            part.CopyTo(changed.AsSpan((int)from));
            var now = Named(number, changed);
            digest ^= old.Name ^ now.Name;
            blocks[number] = now;
            done += part.Length;
        }
    }

    /// <summary>Names the content of a part among all states of one recording, without reading it: two states with the same name have the same bytes there.</summary>
    /// <param name="offset">First byte, a multiple of 4096.</param>
    /// <param name="length">In bytes.</param>
    public UInt128 DigestOf(long offset, long length)
    {
        UInt128 name = 0;
        var known = new HashSet<long>();
        for (var disk = this; disk is not null; disk = disk.parent)
            foreach (var (number, block) in disk.blocks)
                if (number * Block >= offset && number * Block < offset + length && known.Add(number))
                    name ^= block.Name;
        return name;
    }

    /// <summary>Writes a part of the disk as a sparse file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="offset">First byte, a multiple of 4096.</param>
    /// <param name="length">In bytes.</param>
    public void Save(string path, long offset, long length)
    {
        using var file = File.OpenHandle(path, FileMode.Create, FileAccess.Write);
        RandomAccess.SetLength(file, length);
        var written = new HashSet<long>();
        for (var disk = this; disk is not null; disk = disk.parent)
            foreach (var (number, block) in disk.blocks)
                if (written.Add(number))
                    Put(number, block.Bytes);
        foreach (var number in data.Value)
            if (!written.Contains(number))
                Put(number, null);

        void Put(long number, byte[]? block)
        {
            var at = number * Block - offset;
            if (at < 0 || at >= length)
                return;
            block ??= FromImage(number);
            if (block.AsSpan().ContainsAnyExcept((byte)0))
                RandomAccess.Write(file, block.AsSpan(0, (int)Math.Min(Block, length - at)), at);
        }
    }

    /// <summary>The image's blocks that are not zeros: the others need not be read for each state.</summary>
    private List<long> FindData()
    {
        var found = new List<long>();
        var chunk = new byte[1 << 20];
        for (long at = 0; at < RandomAccess.GetLength(image); at += chunk.Length)
        {
            ReadImage(at, chunk);
            for (var block = 0; block < chunk.Length; block += Block)
                if (chunk.AsSpan(block, Block).ContainsAnyExcept((byte)0))
                    found.Add((at + block) / Block);
        }
        return found;
    }

    private (byte[] Bytes, UInt128 Name)? Find(long number)
    {
        for (var disk = this; disk is not null; disk = disk.parent)
            if (disk.blocks.TryGetValue(number, out var block))
                return block;
        return null;
    }

    private byte[] FromImage(long number)
    {
        var block = new byte[Block];
        ReadImage(number * Block, block);
        return block;
    }

    private void ReadImage(long offset, Span<byte> buffer)
    {
        for (var done = 0; done < buffer.Length;)
        {
            if (RandomAccess.Read(image, buffer[done..], offset + done) is var read && read == 0)
            {
                buffer[done..].Clear();
                return;
            }
            done += read;
        }
    }

    private static (byte[] Bytes, UInt128 Name) Named(long number, byte[] block)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(block, hash);
        // The content times an odd number of the block's own: equal blocks in two places do not cancel each other.
        return (block, BitConverter.ToUInt128(hash) * (((UInt128)(ulong)number << 1) | 1));
    }
}
