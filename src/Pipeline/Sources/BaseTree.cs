using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Pipeline.Sources;

/// <summary>A root file system as a source delivered it, before any layer touched it.</summary>
/// <param name="Root">The root file system.</param>
/// <param name="BootFiles">Boot loader files of the same distribution (paths as in their packages); empty when there are none.</param>
/// <param name="Epoch">The time every newer mtime is set back to, and that the images carry.</param>
/// <param name="File">The archive that the trees' contents lie in; keep it open as long as they are used.</param>
public sealed record BaseTree(Tree Root, Tree BootFiles, DateTimeOffset Epoch, IDisposable File) : IDisposable
{
    /// <summary>What the source noted about where its packages came from: small text files in its root; empty for sources without packages.</summary>
    public Tree Notes { get; init; } = new();

    public void Dispose() => File.Dispose();
}
