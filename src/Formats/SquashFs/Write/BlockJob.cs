using ImageBuilder.Formats.Compression;

namespace ImageBuilder.Formats.SquashFs;

/// <summary>One block to be made: a block of a file, or a fragment.</summary>
internal readonly record struct BlockJob(FileData? File, int Block, Fragment? Fragment)
{
    /// <summary>Reads the block and compresses it.</summary>
    /// <param name="input">A buffer of the block size.</param>
    /// <param name="output">Another; holds the bytes to store afterwards. The two may have changed places.</param>
    /// <param name="compressor">Null stores the block as it is.</param>
    public BlockResult Run(ref byte[] input, ref byte[] output, BlockCompressor? compressor)
    {
        var length = File is not null ? ReadBlock(File, input) : ReadFragment(Fragment!, input);
        var data = input.AsSpan(0, length);
        if (File is not null && !data.ContainsAnyExcept((byte)0))
            return new BlockResult(length, 0, IsRaw: false);
        var stored = compressor?.Compress(data, output.AsSpan(0, length - 1)) ?? 0;
        if (stored > 0)
            return new BlockResult(length, stored, IsRaw: false);
        (input, output) = (output, input);
        return new BlockResult(length, length, IsRaw: true);
    }

    private int ReadBlock(FileData file, byte[] buffer)
    {
        var offset = (long)Block * buffer.Length;
        var length = (int)Math.Min(buffer.Length, file.Length - file.TailLength - offset);
        file.Content.Read(offset, buffer.AsSpan(0, length));
        return length;
    }

    private static int ReadFragment(Fragment fragment, byte[] buffer)
    {
        foreach (var file in fragment.Files)
            file.Content.Read(file.Length - file.TailLength, buffer.AsSpan(file.FragmentOffset, file.TailLength));
        return fragment.Length;
    }
}
