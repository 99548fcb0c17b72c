using ImageBuilder.Linux.Blocks;

namespace ImageBuilder.Update.Tests.Model;

/// <summary>The disk of a <see cref="World"/>, or its state partition: sectors of 512 bytes, with a cache that reorders.</summary>
internal sealed class ModelDisk(World world, long length, int blockLength = State.Sector) : IRawDevice
{
    public long Length => length;

    public int BlockLength => blockLength;

    public void Write(long offset, ReadOnlySpan<byte> buffer)
    {
        Assert.Equal((0, 0), (offset % blockLength, buffer.Length % blockLength));
        Assert.InRange(offset + buffer.Length, 0, length);
        var bytes = buffer.ToArray();
        world.Step("write", takesSpace: false, half: () => Put(bytes.Length / State.Sector / 2));
        Put(bytes.Length / State.Sector);

        void Put(int sectors)
        {
            for (var i = 0; i < sectors; i++)
            {
                var part = bytes.AsSpan(i * State.Sector, State.Sector);
                if (!part.SequenceEqual(Sector(offset / State.Sector + i)))
                    world.Do(new SectorChange(offset / State.Sector + i, part.ToArray()));
            }
        }
    }

    public void Zero(long offset, long count)
    {
        world.Step("zero", takesSpace: false);
        foreach (var sector in world.Memory.Sectors.Keys.Where(sector => sector >= offset / State.Sector && sector < (offset + count) / State.Sector).ToList())
            world.Do(new SectorChange(sector, new byte[State.Sector]));
    }

    public void Read(long offset, Span<byte> buffer)
    {
        Assert.Equal((0, 0), (offset % blockLength, buffer.Length % blockLength));
        for (var i = 0; i < buffer.Length / State.Sector; i++)
            Sector(offset / State.Sector + i).CopyTo(buffer[(i * State.Sector)..]);
    }

    public void Flush() => world.Sync(World.Disk, "disk");

    public void DropCache()
    {
    }

    public bool RereadPartitions() => true;

    private byte[] Sector(long number) => world.Memory.Sectors.TryGetValue(number, out var bytes) ? bytes : new byte[State.Sector];
}
