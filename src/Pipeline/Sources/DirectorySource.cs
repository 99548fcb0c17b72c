using ImageBuilder.Formats.Trees;
using ImageBuilder.Pipeline.Plan;
using ImageBuilder.Pipeline.Running;
using ImageBuilder.Update.Folders;

namespace ImageBuilder.Pipeline.Sources;

/// <summary>`base.directory`: a folder of the builder's machine, read anew by each build. It must not change until the image is written.</summary>
internal sealed class DirectorySource(DirectoryBase directory, BuildPlan plan, BaseCache cache, IBuildReporter reporter) : ReadySource(directory, plan, cache, reporter)
{
    protected override (Tree Tree, Func<string>? Identity) Read(OpenFiles files, bool refresh, IBuildStep step, CancellationToken cancel)
    {
        step.Detail("reading the folder");
        return (FolderScanner.ScanTree(directory.Path, oneFileSystem: true), null);
    }
}
