using ImageBuilder.Formats;
using ImageBuilder.Pipeline.Evidence;
using ImageBuilder.Pipeline.Inspection;
using ImageBuilder.Pipeline.Plan;
using ImageBuilder.Pipeline.Running;

namespace ImageBuilder.Pipeline;

/// <summary>
/// Builds a plan twice and compares the artefacts byte for byte: in other folders, with caches of their own, so that the base is made anew each
/// time, and with another number of threads. Or builds once, and compares with what somebody else made.
/// </summary>
/// <param name="plan">The plan.</param>
/// <param name="options">As for a build; cache and output folder are used for nothing but temporary folders.</param>
/// <param name="reporter">Hears the steps of both builds.</param>
public sealed class VerifyRun(BuildPlan plan, BuildOptions options, IBuildReporter reporter)
{
    /// <summary>Builds twice and compares image and evidence.</summary>
    /// <exception cref="ImageException">A build failed.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; nothing is left.</exception>
    public IReadOnlyList<VerifiedArtefact> Twice(CancellationToken cancel)
    {
        using var work = WorkFolder.Create(options.OutputFolder);
        var first = Build(work, "first", options.Jobs, cancel);
        var second = Build(work, "second", options.Jobs + 1, cancel);
        return Compare([.. first.Zip(second)], cancel);
    }

    /// <summary>Builds once and compares with what is there.</summary>
    /// <param name="made">The image or a file of its evidence; or a folder, in which image and evidence have the names that a build gives them (SHA256SUMS may have more in it than this build).</param>
    /// <param name="cancel">Stops the build.</param>
    /// <exception cref="ImageException">IB5330: there is no such file. IB5331: the plan makes nothing of its kind. The build failed.</exception>
    public IReadOnlyList<VerifiedArtefact> Against(string made, CancellationToken cancel)
    {
        if (!Path.Exists(made))
            throw Missing(made);
        var names = EvidenceFiles.Names(plan);
        (string Made, string Name)[] wanted = Directory.Exists(made) ? [.. names.Select(name => (Path.Combine(made, name), name))]
            : [(made, names.FirstOrDefault(name => made.EndsWith(name[plan.ArtefactName.Length..], StringComparison.Ordinal))
                ?? throw new ImageException(ImageErrorKind.Unsupported, "IB5331", $"{made}: the spec makes nothing of this kind, but {string.Join(", ", names)}"))];
        if (wanted.FirstOrDefault(artefact => !File.Exists(artefact.Made)) is { Made: { } missing })
            throw Missing(missing);
        using var work = WorkFolder.Create(options.OutputFolder);
        var built = Build(work, "first", options.Jobs, cancel);
        return Compare([.. wanted.Select(artefact => (Path.GetFullPath(artefact.Made), built.Single(path => Path.GetFileName(path) == artefact.Name)))], cancel);

        static ImageException Missing(string path) => new(ImageErrorKind.Io, "IB5330", $"{path}: no such file");
    }

    private IReadOnlyList<string> Build(WorkFolder work, string name, int jobs, CancellationToken cancel) => new BuildRun(plan, options with
    {
        OutputFolder = Path.Combine(work.Path, name),
        CacheFolder = Path.Combine(work.Path, name + "-cache"),
        Jobs = jobs,
        LockFile = null,
        UsesCache = false,
    }, reporter).Run(cancel).Artefacts;

    private VerifiedArtefact[] Compare((string First, string Second)[] pairs, CancellationToken cancel)
    {
        using var step = reporter.Begin("compare");
        var compared = pairs.Select(pair => new VerifiedArtefact(Path.GetFileName(pair.First), FileDigest.Of(pair.First), FirstDifference.Between(pair.First, pair.Second, cancel))).ToArray();
        step.Complete(compared.All(artefact => artefact.IsIdentical) ? "identical" : "different");
        return compared;
    }
}
