namespace ImageBuilder.Formats.SquashFs;

/// <summary>The compressor options behind the superblock, as words.</summary>
internal static class CompressorOptions
{
    private static readonly string[] GzipStrategies = ["default", "filtered", "huffman-only", "run-length", "fixed"];
    private static readonly string[] LzoAlgorithms = ["lzo1x_1", "lzo1x_1_11", "lzo1x_1_12", "lzo1x_1_15", "lzo1x_999"]; // squashfs-tools, lzo_wrapper.h
    private static readonly string[] XzFilters = ["x86", "powerpc", "ia64", "arm", "armthumb", "sparc"];

    /// <summary>Reads the options; the compressor's defaults where there are none.</summary>
    /// <exception cref="ImageException">IB2123: the block is damaged; IB2121: an LZ4 format other than the legacy one.</exception>
    public static (IReadOnlyDictionary<string, string> Values, int Length) Read(BlockReader reader, Superblock superblock)
    {
        const int longest = 64; // no compressor has more than 8 bytes
        var values = new SortedDictionary<string, string>(StringComparer.Ordinal);
        if (!superblock.Flags.HasFlag(SuperblockFlags.CompressorOptions))
            return (values, 0);
        var length = reader.MetadataLength(Superblock.Size, superblock.InodeTable, "compressor options");
        Span<byte> bytes = stackalloc byte[longest];
        if (length > longest)
            throw SquashFsError.Corrupt(SquashFsError.Metadata, Superblock.Size, $"{length} bytes of compressor options; no compressor has so many");
        reader.Read(Superblock.Size, bytes[..length], "the compressor options");
        var record = new TableCursor(bytes[..length], MetadataBlock.HeaderSize);
        switch (superblock.Compressor)
        {
            case CompressorId.Gzip:
                values["level"] = $"{record.U32()}";
                values["window"] = $"{record.U16()}";
                values["strategies"] = Words(record.U16(), GzipStrategies);
                break;
            case CompressorId.Lzo:
                var algorithm = record.U32();
                values["algorithm"] = algorithm < LzoAlgorithms.Length ? LzoAlgorithms[algorithm] : $"{algorithm}";
                values["level"] = $"{record.U32()}";
                break;
            case CompressorId.Xz:
                values["dictionary"] = $"{record.U32()}";
                values["filters"] = Words(record.U32(), XzFilters);
                break;
            case CompressorId.Lz4:
                var version = record.U32();
                if (version != 1 && !record.PastEnd)
                    throw SquashFsError.NotRead(Superblock.Size + MetadataBlock.HeaderSize, $"LZ4 format {version}; only 1 is known");
                values["version"] = $"{version}";
                values["high compression"] = (record.U32() & 1) != 0 ? "yes" : "no";
                break;
            case CompressorId.Zstd:
                values["level"] = $"{record.U32()}";
                break;
            default:
                values["unknown"] = Convert.ToHexString(record.Bytes(record.Remaining));
                break;
        }
        return record.PastEnd ? throw SquashFsError.Corrupt(SquashFsError.Metadata, Superblock.Size, $"{length} bytes of compressor options are too few") : (values, length);
    }

    private static string Words(uint bits, string[] names) =>
        bits == 0 ? "default" : string.Join(' ', Enumerable.Range(0, 32).Where(bit => (bits & (1u << bit)) != 0).Select(bit => bit < names.Length ? names[bit] : $"bit{bit}"));
}
