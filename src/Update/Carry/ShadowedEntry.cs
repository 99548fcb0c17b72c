namespace ImageBuilder.Update.Carry;

/// <summary>Something on the device that hides what a new stack has at the same place.</summary>
/// <param name="Path">Where, as <see cref="Overlays.UpperChange.Path"/> writes it.</param>
/// <param name="IsPersisted">It lies in a folder that all uppers share; else the upper's change is carried over.</param>
public sealed record ShadowedEntry(string Path, bool IsPersisted);
