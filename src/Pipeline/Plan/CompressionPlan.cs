namespace ImageBuilder.Pipeline.Plan;

/// <summary>How layers are compressed.</summary>
/// <param name="Compressor">"zstd", "xz", "gzip", "lz4" or "none".</param>
/// <param name="Level">The compressor's level; 0 for those without.</param>
public sealed record CompressionPlan(string Compressor, int Level);
