namespace ImageBuilder.Formats.Compression;

/// <summary>A decompressor's output of unknown length, with a cap against decompression bombs.</summary>
internal sealed class GrowingOutput(string format, int inputLength, long maxOutput) : IDecoderOutput
{
    private const int FirstCapacity = 64 << 10;
    private const int TypicalRatio = 4;
    private byte[] buffer = new byte[Math.Clamp((long)inputLength * TypicalRatio, FirstCapacity, Math.Max(FirstCapacity, Math.Min(maxOutput + 1, Array.MaxLength)))];
    private int length;

    /// <inheritdoc/>
    public Span<byte> Free
    {
        get
        {
            if (length == buffer.Length)
            {
                if (length == Array.MaxLength)
                    throw TooLong();
                Array.Resize(ref buffer, (int)Math.Min(length * 2L, Array.MaxLength));
            }
            return buffer.AsSpan(length);
        }
    }

    /// <inheritdoc/>
    public void Advance(int count)
    {
        length += count;
        if (length > maxOutput)
            throw TooLong();
    }

    /// <summary>Everything written.</summary>
    public byte[] ToArray() => buffer.AsSpan(0, length).ToArray();

    private ImageException TooLong() =>
        new(ImageErrorKind.LimitExceeded, "IB2104", $"{format} data of {inputLength} bytes decompresses to more than the {maxOutput} bytes allowed here");
}
