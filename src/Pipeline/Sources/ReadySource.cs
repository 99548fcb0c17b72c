using ImageBuilder.Formats;
using ImageBuilder.Formats.Compression;
using ImageBuilder.Formats.Tar;
using ImageBuilder.Formats.Trees;
using ImageBuilder.Pipeline.Plan;
using ImageBuilder.Pipeline.Running;

namespace ImageBuilder.Pipeline.Sources;

/// <summary>A base that exists already. What the kinds have in common: the time, scripts of stage base, the boot loader, mount points.</summary>
internal abstract class ReadySource(ReadyBase ready, BuildPlan plan, BaseCache cache, IBuildReporter reporter) : IBaseSource
{
    private const string Step = "base";

    /// <summary>More bytes of files, holes counted, would take hours to pack: most likely a sparse file gone wrong.</summary>
    private const long LargestBase = 1L << 40;

    private static readonly string[] MountPoints = ["/dev", "/proc", "/run", "/sys", "/tmp"];

    /// <summary>Debian name of the architecture.</summary>
    protected string Architecture => plan.Architecture;

    /// <inheritdoc/>
    public BaseTree Load(bool refresh, CancellationToken cancel)
    {
        var files = new OpenFiles();
        try
        {
            Tree tree;
            Func<string>? identity;
            long epoch;
            using (var step = reporter.Begin(Step))
            {
                (tree, identity) = Read(files, refresh, step, cancel);
                CheckRoot(tree);
                epoch = SourceDateEpoch.For(tree);
                step.Complete($"{(ready is LayersBase ? ready.Path : $"{ready.Key} {Path.GetFileName(ready.Path)}")}, {tree.Walk().Count()} files");
            }
            tree = RunScripts(tree, identity, epoch, files, refresh, cancel);
            var (boot, notes) = BootLoaderFiles.In(tree, plan.KeepsData) is { } own ? (own, new Tree()) : FetchBootLoader(tree, files, refresh, cancel);
            foreach (var path in MountPoints)
                if (tree.Find(path) is null)
                    tree.EnsureDirectory(path).Mode = path == "/tmp" ? UnixMode.Octal1777 : UnixMode.Octal0755;
            return new BaseTree(tree, boot, DateTimeOffset.FromUnixTimeSeconds(epoch), files) { Notes = notes };
        }
        catch
        {
            files.Dispose();
            throw;
        }
    }

    /// <summary>Reads the base's files.</summary>
    /// <returns>The tree, and what identifies its content (asked for when it is needed); null when nothing cheap does.</returns>
    protected abstract (Tree Tree, Func<string>? Identity) Read(OpenFiles files, bool refresh, IBuildStep step, CancellationToken cancel);

    /// <summary>An archive as a plain one: itself, or from the cache, by its digest, when it is compressed.</summary>
    protected Content Plain(CompressedTar.Input input, OpenFiles files, bool refresh, IBuildStep step, CancellationToken cancel)
    {
        if (CompressedTar.FormatOf(input.Archive) == CompressionFormat.None)
            return input.Archive;
        step.Detail($"unpacking {input.Name}");
        var digest = input.Digest ?? CompressedTar.DigestOf(input.Archive);
        var (entry, _) = cache.Get(new Dictionary<string, string> { ["archive"] = digest }, refresh, path =>
        {
            CompressedTar.Unpack(input with { Digest = digest }, path, step.Progress, cancel);
            return 0;
        }, cancel);
        return files.Open(entry.Archive);
    }

    /// <summary>Reads a tar, and says which one when it is wrong.</summary>
    protected static Tree ReadTar(Content archive, string name, bool mayEndOpen = false)
    {
        try
        {
            return TarReader.Read(archive, mayEndOpen);
        }
        catch (ImageException error)
        {
            throw new ImageException(error.Kind, error.Id, $"{name}: {error.Message}", error);
        }
    }

    private void CheckRoot(Tree tree)
    {
        if (((string[])["/usr", "/bin", "/sbin", "/etc"]).All(path => tree.Resolve(path) is null))
            throw new ImageException(ImageErrorKind.Unsupported, "IB3045",
                $"{ready.Path} is no root file system: it has neither /usr, /bin, /sbin nor /etc; at its top is {Top(tree)}. When the root lies in a folder there, make the base of that folder");
        var sizes = tree.Walk().Where(entry => entry.Node.Kind == NodeKind.File).DistinctBy(entry => entry.Node, ReferenceEqualityComparer.Instance);
        long total = 0;
        foreach (var (path, node) in sizes)
        {
            if (node.Content.Length > LargestBase - total)
                throw new ImageException(ImageErrorKind.LimitExceeded, "IB3046", $"{ready.Path}: its files have more than {LargestBase} bytes, holes counted; {path} alone has {node.Content.Length}. Take it out of the base");
            total += node.Content.Length;
        }
    }

    private static string Top(Tree tree) => tree.Root.Children.Count == 0 ? "nothing" : string.Join(", ", tree.Root.Children.Keys.Take(5).Select(name => $"'{name}'"));

    private Tree RunScripts(Tree tree, Func<string>? identity, long epoch, OpenFiles files, bool refresh, CancellationToken cancel)
    {
        var scripts = plan.Scripts.Where(script => script.Stage == ScriptStage.Base).Select((script, index) => new ScriptRun.Script(script.Run, ScriptRun.NameOfBase(index))).ToArray();
        if (scripts.Length == 0)
            return tree;
        using var step = reporter.Begin("base scripts");
        TarArchive result;
        if (identity is null)
        {
            using var folder = new SharedFolder();
            var output = Path.Combine(folder.Path, "base.tar");
            ScriptRun.Run("base scripts", plan.Architecture, tree, scripts, epoch, output, step, cancel);
            result = ScriptRun.Open(output, tree); // open, so that it outlives its name
        }
        else
        {
            var parts = new Dictionary<string, string>
            {
                ["base"] = identity(),
                ["epoch of the base"] = epoch.ToString(System.Globalization.CultureInfo.InvariantCulture),
                ["scripts"] = string.Join('\0', scripts.Select(script => script.Text)),
            };
            var (entry, _) = cache.Get(parts, refresh, path =>
            {
                ScriptRun.Run("base scripts", plan.Architecture, tree, scripts, epoch, path, step, cancel);
                return epoch;
            }, cancel);
            result = ScriptRun.Open(entry.Archive, tree);
        }
        files.Keep(result);
        step.Complete($"{scripts.Length} run");
        return result.Tree;
    }

    /// <summary>The boot loader out of the Debian suite that the spec or the base's own release names.</summary>
    private (Tree Files, Tree Notes) FetchBootLoader(Tree tree, OpenFiles files, bool refresh, CancellationToken cancel)
    {
        var suite = ready.BootLoader ?? (OsRelease.Read(tree) is { Id: "debian", Codename: { } codename } ? DebianArchives.ForBootLoader(codename) : null)
            ?? throw new ImageException(ImageErrorKind.Unsupported, "IB3047",
                $"the base has no boot loader, and it is no Debian release that has one: add {string.Join(' ', BootLoaderFiles.MissingPackages(tree, plan.KeepsData))} to the base, or set base.bootLoader: {{ suite: trixie }}");
        var nothing = plan with { Base = suite, Packages = [], LocalPackages = [], Scripts = [], Locale = "C.UTF-8", Keymap = null, Keep = new KeepPlan(false, false) };
        var loaded = files.Keep(new MmdebstrapSource(nothing, cache, reporter, "boot loader").Load(refresh, cancel));
        return (loaded.BootFiles, loaded.Notes);
    }
}
