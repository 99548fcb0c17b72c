namespace ImageBuilder.Update.Data;

/// <summary>An upper on the data partition.</summary>
/// <param name="Number">Its number.</param>
/// <param name="Stamp">What it belongs to; null when its stamp is damaged.</param>
/// <param name="IsKept">True for one that is kept for a rollback.</param>
/// <param name="IsNamed">True when the record names it; the others go at the next collection.</param>
public sealed record UpperInfo(uint Number, UpperStamp? Stamp, bool IsKept, bool IsNamed);
