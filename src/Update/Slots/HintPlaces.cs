using ImageBuilder.Formats;
using ImageBuilder.Update.State;

namespace ImageBuilder.Update.Slots;

/// <summary>
/// Where the hints' files lie on the EFI system partition, so that they can be written without mounting it. A table of 512 bytes, twice in the partition ib-state;
/// src/Update/FORMAT.md has the layout. Written by the builder, never changed.
/// </summary>
/// <param name="Volume">The serial number of the FAT file system that is meant.</param>
/// <param name="FirstDefault">Byte offset of /ib/default.0 in the partition; all are multiples of 512.</param>
/// <param name="SecondDefault">Of /ib/default.1.</param>
/// <param name="Once">Of /ib/once.</param>
public sealed record HintPlaces(uint Volume, long FirstDefault, long SecondDefault, long Once)
{
    /// <summary>The files' paths on the EFI system partition, in the table's order.</summary>
    public static IReadOnlyList<string> Paths { get; } = ["/ib/default.0", "/ib/default.1", "/ib/once"];

    /// <summary>Bytes of a table.</summary>
    public const int Length = 512;

    /// <summary>Where the tables lie in ib-state: between the copies of the state record.</summary>
    public static IReadOnlyList<long> Offsets { get; } = [PartitionCopies.Distance / 2, PartitionCopies.Distance + PartitionCopies.Distance / 2];

    private const uint Format = 1;
    private static ReadOnlySpan<byte> Magic => "IBHINTS\n"u8;

    /// <summary>The table's bytes.</summary>
    public byte[] ToBytes()
    {
        var bytes = new byte[Length];
        var record = new RecordWriter(bytes);
        record.Bytes(Magic);
        record.U32(Format);
        record.U32(Volume);
        record.U64((ulong)FirstDefault);
        record.U64((ulong)SecondDefault);
        record.U64((ulong)Once);
        record.Zero(Length - sizeof(uint) - record.Position);
        record.U32(Crc32.Of(bytes.AsSpan(0, Length - sizeof(uint))));
        record.End();
        return bytes;
    }

    /// <summary>Reads a table; null when it is none.</summary>
    public static HintPlaces? TryParse(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < Length || !bytes.StartsWith(Magic))
            return null;
        var end = new RecordReader(bytes[..Length]);
        end.Skip(Length - sizeof(uint));
        if (end.U32() != Crc32.Of(bytes[..(Length - sizeof(uint))]))
            return null;
        var record = new RecordReader(bytes[..Length]);
        record.Skip(Magic.Length);
        if (record.U32() != Format)
            return null;
        var places = new HintPlaces(record.U32(), (long)record.U64(), (long)record.U64(), (long)record.U64());
        return places.All.All(offset => offset >= 0 && offset % HintFile.Length == 0) ? places : null;
    }

    private long[] All => [FirstDefault, SecondDefault, Once];
}
