using System.Buffers.Binary;
using ImageBuilder.Linux.Blocks;
using ImageBuilder.Update.State;

namespace ImageBuilder.Update.Slots;

/// <summary>
/// GRUB's hints, three environment files on the EFI system partition, each in a cluster of its own. They are overwritten in place through the block device, flushed, and read
/// back past the cache: mounting the partition would write to its first sector and to directories.
/// </summary>
public sealed class EspHints : IBootHints
{
    /// <summary>The name of the EFI system partition in a device's table.</summary>
    public const string Label = "esp";

    private const int SerialOffset = 67; // of FAT32's boot sector: BS_VolID
    private readonly IRawDevice esp;
    private readonly HintPlaces places;

    private EspHints(IRawDevice esp, HintPlaces places) => (this.esp, this.places) = (esp, places);

    /// <summary>The hints; or, when nothing says where they are, hints that cannot be had.</summary>
    /// <param name="state">The partition ib-state.</param>
    /// <param name="esp">The EFI system partition.</param>
    public static IBootHints Open(IRawDevice state, IRawDevice esp)
    {
        try
        {
            if (Places(state) is not { } places)
                return new LostHints($"{PartitionCopies.Label} has no table of the boot loader's hints: an older image, or both copies are damaged");
            var serial = BinaryPrimitives.ReadUInt32LittleEndian(Read(esp, 0).AsSpan(SerialOffset));
            return serial == places.Volume ? new EspHints(esp, places)
                : new LostHints($"the EFI system partition has the serial number {serial:X8}, and the boot loader's hints are on {places.Volume:X8}: it was made anew");
        }
        catch (IOException error)
        {
            return new LostHints($"the boot loader's hints cannot be found: {error.Message}");
        }
    }

    public HintReading Load()
    {
        var faults = new List<string>();
        var first = One(places.FirstDefault, HintFile.Default, 0, faults);
        var second = One(places.SecondDefault, HintFile.Default, 1, faults);
        var isOnceKnown = HintFile.TryRead(TryRead(places.Once), HintFile.Once, out var once);
        if (!isOnceKnown)
            faults.Add($"{HintPlaces.Paths[2]} is damaged");
        if (first is not null && second is not null && first != second)
            faults.Add($"{HintPlaces.Paths[0]} and {HintPlaces.Paths[1]} differ");
        return new HintReading(first ?? second, once, faults) { IsOnceUnknown = !isOnceKnown };
    }

    // The boot loader takes the first copy when it is whole: from its write on the new slot counts, and the second copy never says more than the old or the new one.
    public void SetDefault(Slot slot)
    {
        Write(places.FirstDefault, HintFile.Write(HintFile.Default, slot));
        Write(places.SecondDefault, HintFile.Write(HintFile.Default, slot));
    }

    public void SetOnce(Slot? slot) => Write(places.Once, HintFile.Write(HintFile.Once, slot));

    private Slot? One(long offset, string name, int number, List<string> faults)
    {
        if (HintFile.TryRead(TryRead(offset), name, out var slot) && slot is not null)
            return slot;
        faults.Add($"{HintPlaces.Paths[number]} is damaged");
        return null;
    }

    private byte[] TryRead(long offset)
    {
        try
        {
            return Read(esp, offset);
        }
        catch (IOException)
        {
            return []; // a damaged file: it is written anew
        }
    }

    /// <summary>A file's bytes from the device, not from the kernel's memory.</summary>
    private static byte[] Read(IRawDevice device, long offset)
    {
        using var block = new AlignedBuffer(device.BlockLength);
        device.DropCache();
        device.Read(offset / device.BlockLength * device.BlockLength, block.Span);
        return block.Span.Slice((int)(offset % device.BlockLength), HintFile.Length).ToArray();
    }

    private void Write(long offset, byte[] bytes)
    {
        using var block = new AlignedBuffer(esp.BlockLength);
        var start = offset / esp.BlockLength * esp.BlockLength;
        if (esp.BlockLength == HintFile.Length)
            block.Span.Clear();
        else
            esp.Read(start, block.Span); // the rest of a larger sector is the rest of the file's own cluster
        bytes.CopyTo(block.Span[(int)(offset - start)..]);
        esp.Write(start, block.Span);
        esp.Flush();
        if (!Read(esp, offset).AsSpan().SequenceEqual(bytes))
            throw new IOException($"the EFI system partition gives other bytes back at {offset} than were written to it");
    }

    private static HintPlaces? Places(IRawDevice state)
    {
        foreach (var offset in HintPlaces.Offsets)
        {
            try
            {
                using var block = new AlignedBuffer(IStateCopies.PlaceLength);
                state.Read(offset, block.Span);
                if (HintPlaces.TryParse(block.Span) is { } places)
                    return places;
            }
            catch (IOException)
            {
                // the other copy
            }
        }
        return null;
    }
}
