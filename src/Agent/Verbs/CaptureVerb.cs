using System.Globalization;
using System.Runtime.InteropServices;
using ImageBuilder.Agent.Arguments;
using ImageBuilder.Formats;
using ImageBuilder.Formats.SquashFs;
using ImageBuilder.Formats.Trees;
using ImageBuilder.Linux;
using ImageBuilder.Update.Overlays;

namespace ImageBuilder.Agent.Verbs;

/// <summary>`imageagent capture`: what has changed becomes a layer.</summary>
internal static class CaptureVerb
{
    private static readonly Option Output = new("--output", "FILE", "the layer to write; appears whole or not at all") { Alias = "-o" };
    private static readonly Option Level = new("--level", "N", "zstd's level, 1 to 22; default 15");
    private static readonly Option Force = new("--force", null, "replace the file when it exists") { Alias = "-f" };

    public static Verb Create() => new("capture", "Writes what has changed to a layer, a SquashFS image.", """
        Over the same layers it shows the same files: `imageagent try FILE` looks at one, `layers:` in a spec builds with one. With PATH, only
        what is at or below it. Deleted files become whiteouts (character devices 0:0), replaced folders are opaque, folders that were moved
        are written out in full, owners, modes, times (whole seconds) and extended attributes are kept. What lies in persisted folders and
        writable areas is not in it. Look through it before it leaves the machine: it may hold keys and passwords (imageagent changes).
        Files that programs write to meanwhile, such as logs, are named and get into the layer as they are when they are read.
        """, Run)
    { Options = [Output, Level, Force], Words = "[PATH…]", Count = (0, int.MaxValue) };

    private static int Run(Call call)
    {
        var target = Path.GetFullPath(call.Value(Output.Name) ?? throw new UsageException("capture needs -o FILE, the layer to write"));
        int? level = call.Value(Level.Name) is not { } text ? null
            : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : throw new UsageException($"--level {text}: expected a number from 1 to 22");
        if (File.Exists(target) && !call.Has(Force.Name))
            throw new ImageException(ImageErrorKind.Io, "IB5003", $"{target} exists already; --force replaces it");
        if (Directory.Exists(target) || !Directory.Exists(Path.GetDirectoryName(target)))
            throw new ImageException(ImageErrorKind.Spec, "IB6116", $"{target}: expected the name of a file in a folder that is there");
        var device = call.OpenDevice();
        var upper = device.RequireUpper().Upper!;
        using var layers = device.MountLayers();
        // Looked at before anything of ours lies in it: the layer may be written to the file system that it is made from.
        var tree = UpperLayer.From(OverlayUpper.Read(upper, layers.Path, path => call.Console.Note($"{path} was written to meanwhile; the layer has it as it was when it was read")), call.Console.Note);
        UpperLayer.Select(tree, [.. call.Words.Select(Paths.Absolute).Where(path => path != "/")]);
        var summary = Write(tree, target, level, call.Console.Note);
        call.Console.Result(
            () => $"{target}: {Size.Text(summary.ImageLength)}, {summary.Inodes} files and folders",
            json =>
            {
                json.WriteString("file", target);
                json.WriteNumber("size", summary.ImageLength);
                json.WriteNumber("inodes", summary.Inodes);
            });
        return ExitCode.Done;
    }

    private static SquashFsSummary Write(Tree tree, string target, int? level, Action<string> warning)
    {
        using var stop = new CancellationTokenSource();
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        var temporary = $"{Path.GetDirectoryName(target)}/.{Path.GetFileName(target)}.{Environment.ProcessId}.tmp";
        try
        {
            SquashFsSummary summary;
            using (var output = new FileStream(temporary, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, 1 << 16))
            {
                summary = SquashFsWriter.Write(tree, output, new SquashFsOptions { Level = level, ModificationTime = Newest(tree), Warning = warning }, stop.Token);
                output.Flush(flushToDisk: true);
            }
            File.Move(temporary, target, overwrite: true);
            return summary;
        }
        catch (IOException error) when (error.HResult == Errno.ENOSPC || (error as LinuxException)?.Number == Errno.ENOSPC)
        {
            throw new ImageException(ImageErrorKind.LimitExceeded, "IB6117", $"there is no room for the layer on {Path.GetDirectoryName(target)}: write it to another file system, a stick or a persisted folder", error);
        }
        finally
        {
            File.Delete(temporary);
        }

        void Stop(PosixSignalContext signal)
        {
            signal.Cancel = true;
            stop.Cancel();
        }
    }

    /// <summary>The image's own time: the same changes give the same bytes.</summary>
    private static uint Newest(Tree tree) => (uint)Math.Clamp(tree.Walk().Select(entry => entry.Node.ModifiedTime).Append(tree.Root.ModifiedTime).Max(), 0, uint.MaxValue);
}
