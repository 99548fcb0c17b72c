using ImageBuilder.Formats;

namespace ImageBuilder.Update.Stacks;

/// <summary>
/// The partition with the stack that the image was shipped with: a table in its first block, the manifest, and the layers as they are, each mounted by
/// a loop device with an offset. There is no file system between: nothing that a mount could write to, nothing to check, no second cache.
/// src/Update/FORMAT.md has the layout.
/// </summary>
/// <param name="Manifest">The stack.</param>
/// <param name="Offsets">Where each layer begins in the partition, in bytes, in the manifest's order.</param>
public sealed record FactoryPartition(StackManifest Manifest, IReadOnlyList<long> Offsets)
{
    /// <summary>The partition's name.</summary>
    public const string Label = "ib-system";

    /// <summary>Layers begin at multiples of this.</summary>
    public const int Alignment = 1 << 20;

    /// <summary>Bytes of the table.</summary>
    public const int HeaderLength = 4096;

    private const uint Format = 1;
    private const int MaxManifest = Alignment - HeaderLength;
    private static ReadOnlySpan<byte> Magic => "IBSYSTEM"u8;

    /// <summary>Bytes that the partition needs.</summary>
    public long Length => AlignUp(Offsets[^1] + Manifest.Layers[^1].Size);

    /// <summary>Where a stack's layers come to lie.</summary>
    public static FactoryPartition LayOut(StackManifest manifest)
    {
        var offsets = new List<long>();
        long next = Alignment;
        foreach (var layer in manifest.Layers)
        {
            offsets.Add(next);
            next = AlignUp(next + layer.Size);
        }
        return new FactoryPartition(manifest, offsets);
    }

    /// <summary>The table and the manifest: what lies before the first layer.</summary>
    /// <exception cref="ImageException">IB6003: the manifest is too long.</exception>
    public byte[] Head()
    {
        var manifest = Manifest.ToBytes();
        if (manifest.Length > MaxManifest)
            throw new ImageException(ImageErrorKind.LimitExceeded, "IB6003", $"the stack manifest has {manifest.Length} bytes; {Label} has room for {MaxManifest}");
        var head = new byte[HeaderLength + manifest.Length];
        var record = new RecordWriter(head.AsSpan(0, HeaderLength));
        record.Bytes(Magic);
        record.U32(Format);
        record.U32((uint)manifest.Length);
        record.Bytes(StackManifest.IdOf(manifest).Bytes);
        record.U32((uint)Offsets.Count);
        record.U32(0);
        foreach (var (offset, layer) in Offsets.Zip(Manifest.Layers))
        {
            record.U64((ulong)offset);
            record.U64((ulong)layer.Size);
        }
        record.Zero(HeaderLength - sizeof(uint) - record.Position);
        record.U32(Crc32.Of(head.AsSpan(0, HeaderLength - sizeof(uint))));
        manifest.CopyTo(head.AsSpan(HeaderLength));
        return head;
    }

    /// <summary>Reads the table and the manifest, and compares them.</summary>
    /// <param name="read">Fills a buffer from an offset of the partition.</param>
    /// <param name="partitionLength">In bytes; layers must lie inside.</param>
    /// <exception cref="ImageException">IB6004: damaged, or no such partition.</exception>
    public static FactoryPartition Read(Action<long, byte[]> read, long partitionLength)
    {
        var header = new byte[HeaderLength];
        read(0, header);
        if (!header.AsSpan().StartsWith(Magic))
            throw Corrupt("it does not begin like a factory partition");
        var record = new RecordReader(header);
        record.Skip(HeaderLength - sizeof(uint));
        if (record.U32() != Crc32.Of(header.AsSpan(0, HeaderLength - sizeof(uint))))
            throw Corrupt("the checksum of its table does not fit");
        record = new RecordReader(header);
        record.Skip(Magic.Length);
        var (format, length) = (record.U32(), record.U32());
        if (format != Format)
            throw Corrupt($"its format is {format}; this program knows {Format}");
        if (length > MaxManifest)
            throw Corrupt($"its manifest has {length} bytes; at most {MaxManifest} are possible");
        var id = new StackId(record.Bytes(StackId.Length));
        var bytes = new byte[length];
        read(HeaderLength, bytes);
        if (StackManifest.IdOf(bytes) != id)
            throw Corrupt("its manifest has another digest than its table says");
        var manifest = StackManifest.Parse(bytes);
        var expected = LayOut(manifest);
        if (record.U32() != manifest.Layers.Count)
            throw Corrupt("its table and its manifest have different numbers of layers");
        record.Skip(sizeof(uint));
        foreach (var (offset, layer) in expected.Offsets.Zip(manifest.Layers))
            if (record.U64() != (ulong)offset || record.U64() != (ulong)layer.Size)
                throw Corrupt("its table and its manifest place layers differently");
        return expected.Length <= AlignUp(partitionLength) ? expected : throw Corrupt($"its layers need {expected.Length} bytes, and it has {partitionLength}");
    }

    private static long AlignUp(long value) => (value + Alignment - 1) / Alignment * Alignment;

    private static ImageException Corrupt(string what) => new(ImageErrorKind.Corrupt, "IB6004", $"{Label}: {what}");
}
