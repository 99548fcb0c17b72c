namespace ImageBuilder.Formats.SquashFs;

/// <summary>What an image has of the previous one.</summary>
/// <param name="KeptBytes">Bytes of data that were copied as they were.</param>
/// <param name="DataBytes">Bytes of data in all, gaps included.</param>
/// <param name="GapBytes">Bytes of data that belong to no file: zeros where something else was before.</param>
/// <param name="MovedRuns">Files and fragments that were copied to another place, so that gaps stay small.</param>
public sealed record SquashFsKept(long KeptBytes, long DataBytes, long GapBytes, int MovedRuns);
