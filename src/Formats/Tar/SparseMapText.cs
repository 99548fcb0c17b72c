using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Formats.Tar;

/// <summary>The map at the start of a sparse file's data, GNU sparse format 1.0: decimal numbers, each on a line of its own.</summary>
/// <param name="data">The member's data.</param>
/// <param name="corrupt">The error when there is something else.</param>
internal sealed class SparseMapText(Content data, Func<Exception> corrupt)
{
    private readonly byte[] buffer = new byte[TarField.BlockSize];
    private int at;
    private int filled;
    private long loaded;

    /// <summary>Bytes of the data that the numbers read so far take.</summary>
    public long Consumed => loaded - filled + at;

    /// <summary>The next number, 0 or more.</summary>
    public long Next()
    {
        var number = -1L;
        while (true)
        {
            if (at == filled)
                Fill();
            var character = buffer[at++];
            if (character == '\n' && number >= 0)
                return number;
            if (character is < (byte)'0' or > (byte)'9' || number > (long.MaxValue - 9) / 10)
                throw corrupt();
            number = Math.Max(number, 0) * 10 + (character - '0');
        }
    }

    private void Fill()
    {
        filled = (int)Math.Min(buffer.Length, data.Length - loaded);
        if (filled == 0)
            throw corrupt();
        data.Read(loaded, buffer.AsSpan(0, filled));
        loaded += filled;
        at = 0;
    }
}
