using ImageBuilder.Formats.SquashFs;
using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Pipeline.Inspection;

/// <summary>A SquashFS image that is a root file system, or a layer of one.</summary>
/// <param name="Path">Its path inside an ISO; null when it is the file itself.</param>
/// <param name="Content">Its bytes.</param>
/// <param name="Image">It, opened.</param>
public sealed record ImageLayer(string? Path, Content Content, SquashFsImage Image);
