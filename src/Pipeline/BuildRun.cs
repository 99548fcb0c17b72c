using ImageBuilder.Formats;
using ImageBuilder.Formats.Trees;
using ImageBuilder.Pipeline.Caching;
using ImageBuilder.Pipeline.Evidence;
using ImageBuilder.Pipeline.Images;
using ImageBuilder.Pipeline.Layers;
using ImageBuilder.Pipeline.Plan;
using ImageBuilder.Pipeline.Running;

namespace ImageBuilder.Pipeline;

/// <summary>
/// One build from plan to artefacts: sources → layers → images. The only type that sees all stages. What it makes appears whole
/// under its final name, or not at all.
/// </summary>
public sealed partial class BuildRun(BuildPlan plan, BuildOptions options, IBuildReporter reporter)
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
        using var blocks = options.UsesCache ? BlockStore.TryOpen(options.CacheFolder, reporter.Warn) : null;
        try
        {
            var lower = LowerOf(plan, "", work.Path, blocks, cancel);
            using var source = Load(plan, lower, cancel);
            var found = LockedBase.Make(plan, source);
            if (plan.Lock is { } wanted)
                LockedBase.Check(wanted, found);
            var (tree, file) = LayerRun.Apply(plan, source, Agent(plan), work.Path, reporter, cancel);
            using (file)
            {
                using var parts = ImageParts.Make(plan, source.Epoch, tree, lower, source.BootFiles, Program(options.InitProgram), work.Path, options.Jobs, blocks, reporter, cancel);
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
        finally
        {
            while (opened.TryPop(out var file))
                file.Dispose();
        }
    }

    private Content? Agent(BuildPlan of) => of.Agent ? Program(options.AgentProgram) : null;

    private static Content Program(string path) => Content.From(File.ReadAllBytes(path));

    /// <summary>What can be known before minutes of work: everything that is missing is told at once.</summary>
    private void CheckBefore(Publication publication)
    {
        var problems = new List<string>();
        var programs = ImageRun.Programs(plan).ToList();
        var plans = WithLayers(plan).ToList();
        if (plans.Any(one => one.Base is DebianBase or ReadyBase { BootLoader: not null }))
            programs.AddRange([("mmdebstrap", "mmdebstrap"), ("/usr/lib/apt/apt-helper", "apt")]);
        else if (plans.Any(one => one.Scripts.Count > 0))
            programs.Add(("mmdebstrap", "mmdebstrap"));
        foreach (var (program, package) in programs)
            if (OutsideProgram.Find(program) is null)
                problems.Add($"the program {program} is not installed; apt-get install {package}");
        if (!File.Exists(options.InitProgram))
            problems.Add($"the program for the initramfs is missing at {options.InitProgram}; ./build.sh makes it");
        if (plans.Any(one => one.Agent) && !File.Exists(options.AgentProgram))
            problems.Add($"the agent is missing at {options.AgentProgram}; ./build.sh makes it, and `agent: false` leaves it out");
        foreach (var directory in plans.Select(one => one.Base).OfType<DirectoryBase>().Where(folder => $"{Path.GetFullPath(options.OutputFolder)}/".StartsWith(folder.Path + "/", StringComparison.Ordinal)))
            problems.Add($"the output folder {options.OutputFolder} lies in the base {directory.Path}, and so would get into the image; choose another with --output-dir");
        if (problems.Count > 0)
            throw new ImageException(ImageErrorKind.Io, "IB3001", string.Join('\n', problems));
        publication.Check();
    }

    private static IEnumerable<BuildPlan> WithLayers(BuildPlan plan) => plan.Layers.Where(layer => layer.Spec is not null).SelectMany(layer => WithLayers(layer.Spec!)).Append(plan);
}
