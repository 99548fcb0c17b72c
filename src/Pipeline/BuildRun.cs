using ImageBuilder.Formats;
using ImageBuilder.Formats.Trees;
using ImageBuilder.Pipeline.Evidence;
using ImageBuilder.Pipeline.Images;
using ImageBuilder.Pipeline.Layers;
using ImageBuilder.Pipeline.Plan;
using ImageBuilder.Pipeline.Running;
using ImageBuilder.Pipeline.Sources;

namespace ImageBuilder.Pipeline;

/// <summary>
/// One build from plan to artefacts: sources → layers → images. The only type that sees all stages. What it makes appears whole
/// under its final name, or not at all.
/// </summary>
public sealed class BuildRun(BuildPlan plan, BuildOptions options, IBuildReporter reporter)
{
    /// <summary>Runs the build.</summary>
    /// <exception cref="ImageException">The build failed; nothing half made is left.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; nothing half made is left, no process runs on.</exception>
    public BuildResult Run(CancellationToken cancel)
    {
        var output = Path.GetFullPath(options.OutputFolder);
        var publication = new Publication(output, EvidenceFiles.Names(plan), options.Force);
        plan.Lock?.Check(plan);
        CheckBefore(publication);
        using var work = WorkFolder.Create(options.OutputFolder);
        try
        {
            using var source = BaseSources.For(plan, new BaseCache(options.CacheFolder), reporter).Load(options.Refresh, cancel);
            var found = LockedBase.Make(plan, source);
            if (plan.Lock is { } wanted)
                LockedBase.Check(wanted, found);
            var (tree, file) = LayerRun.Apply(plan, source, plan.Agent ? Program(options.AgentProgram) : null, work.Path, reporter, cancel);
            using (file)
            {
                using var parts = ImageParts.Make(plan, source.Epoch, tree, source.BootFiles, Program(options.InitProgram), work.Path, options.Jobs, reporter, cancel);
                var images = ImageRun.Make(parts, work.Path, reporter, cancel);
                var files = EvidenceFiles.Write(parts, source, tree, images, work.Path, reporter);
                cancel.ThrowIfCancellationRequested();
                if (options.LockFile is { } lockFile)
                    Publication.WriteWhole(lockFile, found.ToText(), Path.GetDirectoryName(lockFile)!);
                publication.Publish(files, work.Path, cancel);
                return new BuildResult([.. files.Select(made => Path.Combine(output, made.Fact.Path)), Path.Combine(output, Sha256Sums.FileName)]);
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ImageException(ImageErrorKind.Io, "IB5002", $"writing to {options.OutputFolder} failed: {error.Message}", error);
        }
    }

    private static Content Program(string path) => Content.From(File.ReadAllBytes(path));

    /// <summary>What can be known before minutes of work: everything that is missing is told at once.</summary>
    private void CheckBefore(Publication publication)
    {
        if (plan.Layers.Count > 0)
            throw new ImageException(ImageErrorKind.Spec, "IB5151", "not yet: `layers` cannot be built today; leave them out");
        var problems = new List<string>();
        var programs = ImageRun.Programs(plan).ToList();
        if (plan.Base is DebianBase or ReadyBase { BootLoader: not null })
            programs.AddRange([("mmdebstrap", "mmdebstrap"), ("/usr/lib/apt/apt-helper", "apt")]);
        else if (plan.Scripts.Count > 0)
            programs.Add(("mmdebstrap", "mmdebstrap"));
        foreach (var (program, package) in programs)
            if (OutsideProgram.Find(program) is null)
                problems.Add($"the program {program} is not installed; apt-get install {package}");
        if (!File.Exists(options.InitProgram))
            problems.Add($"the program for the initramfs is missing at {options.InitProgram}; ./build.sh makes it");
        if (plan.Agent && !File.Exists(options.AgentProgram))
            problems.Add($"the agent is missing at {options.AgentProgram}; ./build.sh makes it, and `agent: false` leaves it out");
        if (plan.Base is DirectoryBase directory && $"{Path.GetFullPath(options.OutputFolder)}/".StartsWith(directory.Path + "/", StringComparison.Ordinal))
            problems.Add($"the output folder {options.OutputFolder} lies in the base {directory.Path}, and so would get into the image; choose another with --output-dir");
        if (problems.Count > 0)
            throw new ImageException(ImageErrorKind.Io, "IB3001", string.Join('\n', problems));
        publication.Check();
    }
}
