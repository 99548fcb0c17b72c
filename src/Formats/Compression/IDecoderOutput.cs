namespace ImageBuilder.Formats.Compression;

/// <summary>Where a decoder puts what it decodes, of a length that only the end tells.</summary>
internal interface IDecoderOutput
{
    /// <summary>Room to write into; never empty.</summary>
    Span<byte> Free { get; }

    /// <summary>Takes over bytes written to <see cref="Free"/>.</summary>
    /// <exception cref="ImageException">IB2104: more than the cap.</exception>
    void Advance(int count);
}
