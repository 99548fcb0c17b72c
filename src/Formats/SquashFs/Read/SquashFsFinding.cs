namespace ImageBuilder.Formats.SquashFs;

/// <summary>Something that <see cref="SquashFsImage.Check"/> found wrong.</summary>
/// <param name="Offset">Byte of the image.</param>
/// <param name="Message">What is wrong there; begins with the place.</param>
public sealed record SquashFsFinding(long Offset, string Message);
