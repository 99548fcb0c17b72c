using System.Globalization;
using ImageBuilder.Formats;
using ImageBuilder.Formats.Tar;
using ImageBuilder.Formats.Trees;
using ImageBuilder.Pipeline.Running;

namespace ImageBuilder.Pipeline.Sources;

/// <summary>
/// Runs scripts in a tree. They need a real file system to run in: mmdebstrap, installing nothing, unpacks the tree into a temporary root
/// (in a user namespace when not root), runs the scripts there and packs the result. Any Linux root that has a shell will do.
/// </summary>
internal static class ScriptRun
{
    /// <summary>A script.</summary>
    /// <param name="Text">Its text.</param>
    /// <param name="Name">How to call it in errors.</param>
    public sealed record Script(string Text, string Name);

    /// <summary>How to call a script of stage base: by number, not by line, since a moved line does not make another base.</summary>
    public static string NameOfBase(int index) => $"number {index + 1} of stage base";

    /// <summary>Runs the scripts and writes the tree they leave as a tar.</summary>
    /// <exception cref="ImageException">IB3048: the tree has no shell. IB3002: a script failed.</exception>
    public static void Run(string step, string architecture, Tree tree, IReadOnlyList<Script> scripts, long time, string output, IBuildStep progress, CancellationToken cancel)
    {
        if (tree.Resolve("/bin/sh") is not { Kind: NodeKind.File })
            throw new ImageException(ImageErrorKind.Unsupported, "IB3048", $"{step}: the base has no /bin/sh, which scripts are run by; put a shell into the base, or leave the scripts out");
        MmdebstrapMode.Check(step);
        using var shared = new SharedFolder();
        var input = Path.Combine(shared.Path, "tree.tar");
        progress.Detail("unpacking the tree");
        using (var file = File.Create(input))
            TarWriter.Write(tree, file, cancel);
        SharedFolder.Publish(input);
        var program = MmdebstrapMode.Program(shared)
            .WithEnvironment("SOURCE_DATE_EPOCH", time.ToString(CultureInfo.InvariantCulture))
            .With("--verbose", "--format=tar", "--variant=custom", $"--architectures={architecture}", MmdebstrapMode.Argument,
                "--skip=setup,update,cleanup,check/empty,output/dev",
                $"--setup-hook=tar -xpf '{input}' --xattrs '--xattrs-include=*' --numeric-owner {MmdebstrapMode.WithoutDevices} -C \"$1\" && mkdir -p \"$1/dev/pts\" \"$1/dev/shm\"")
            .With(scripts.Select(script => "--customize-hook=" + DebianHooks.RunInside(script.Text, script.Name)))
            .With("--customize-hook=rmdir \"$1/" + DebianHooks.Folder + "\"", "", "-");
        using var result = File.Create(output);
        program.Run(step, result, new AptProgress(progress).Line, cancel);
    }

    /// <summary>Opens what the scripts left; device files are those from before, since an ordinary user cannot make any.</summary>
    public static TarArchive Open(string output, Tree before)
    {
        var archive = TarArchive.Open(output);
        if (before.Find("/dev") is { } devices)
            archive.Tree.Put("/dev", devices);
        return archive;
    }
}
