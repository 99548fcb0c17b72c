using System.Globalization;
using ImageBuilder.Formats.Tar;
using ImageBuilder.Formats.Trees;
using ImageBuilder.Pipeline.Plan;
using ImageBuilder.Pipeline.Running;
using ImageBuilder.Pipeline.Sources;

namespace ImageBuilder.Pipeline.Layers;

/// <summary>
/// `scripts:` after files and users. A script needs a real file system to run in: mmdebstrap, installing nothing, unpacks the tree into a
/// temporary root (in a user namespace when not root), runs the scripts there and packs the result.
/// </summary>
internal static class ScriptsLayer
{
    private const string Step = "scripts";

    /// <summary>The tree as the scripts left it; contents lie in <paramref name="workFile"/>, which the returned handle keeps open.</summary>
    public static (Tree Tree, IDisposable File) Apply(BuildPlan plan, Tree tree, long time, string workFile, IBuildReporter reporter, CancellationToken cancel)
    {
        using var step = reporter.Begin(Step);
        using var shared = new SharedFolder();
        var input = Path.Combine(shared.Path, "tree.tar");
        step.Detail("unpacking the tree");
        using (var output = File.Create(input))
            TarWriter.Write(tree, output, cancel);
        SharedFolder.Publish(input);
        var scripts = plan.Scripts.Where(script => script.Stage == ScriptStage.Final).ToArray();
        var program = MmdebstrapMode.Program(shared)
            .WithEnvironment("SOURCE_DATE_EPOCH", time.ToString(CultureInfo.InvariantCulture))
            .With("--verbose", "--format=tar", "--variant=custom", $"--architectures={plan.Architecture}", MmdebstrapMode.Argument,
                "--skip=setup,update,cleanup,check/empty,output/dev",
                $"--setup-hook=tar -xpf '{input}' --xattrs '--xattrs-include=*' --numeric-owner {MmdebstrapMode.WithoutDevices} -C \"$1\" && mkdir -p \"$1/dev/pts\" \"$1/dev/shm\"")
            .With(scripts.Select(script => "--customize-hook=" + DebianHooks.RunInside(script.Run, $"at {script.Origin}")))
            .With("--customize-hook=rmdir \"$1/" + DebianHooks.Folder + "\"", "", "-");
        var progress = new AptProgress(step);
        using (var output = File.Create(workFile))
            program.Run(Step, output, progress.Line, cancel);
        var file = File.OpenHandle(workFile);
        try
        {
            var result = TarReader.Read(Content.From(file, 0, RandomAccess.GetLength(file), workFile));
            if (tree.Find("/dev") is { } devices)
                result.Put("/dev", devices);
            step.Complete($"{scripts.Length} run");
            return (result, file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }
}
