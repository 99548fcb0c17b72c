using ImageBuilder.Formats.Trees;
using ImageBuilder.Pipeline.Plan;
using ImageBuilder.Pipeline.Running;

namespace ImageBuilder.Pipeline.Sources;

/// <summary>`base.tar`: read where it lies; a compressed one is unpacked into the cache once, by its digest.</summary>
internal sealed class TarSource(TarBase tar, BuildPlan plan, BaseCache cache, IBuildReporter reporter) : ReadySource(tar, plan, cache, reporter)
{
    protected override (Tree Tree, Func<string>? Identity) Read(OpenFiles files, bool refresh, IBuildStep step, CancellationToken cancel)
    {
        var stored = files.Open(tar.Path);
        var plain = Plain(new CompressedTar.Input(tar.Path, stored), files, refresh, step, cancel);
        step.Detail("reading the archive");
        return (ReadTar(plain, tar.Path), () => CompressedTar.DigestOf(stored));
    }
}
