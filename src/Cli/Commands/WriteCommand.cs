using System.CommandLine;
using ImageBuilder.Cli.Rendering;
using ImageBuilder.Formats;
using ImageBuilder.Formats.Trees;
using ImageBuilder.Pipeline;
using ImageBuilder.Pipeline.Writing;

namespace ImageBuilder.Cli.Commands;

/// <summary>`imagebuilder write`.</summary>
internal static class WriteCommand
{
    public static Command Create()
    {
        var iso = new Argument<string>("ISO") { Description = "The image; a SHA256SUMS beside it is checked first" };
        var device = new Argument<string?>("DEVICE") { Description = "The whole disk, such as /dev/sdb; without it the disks that can be written to are listed", Arity = ArgumentArity.ZeroOrOne };
        var force = new Option<bool>("--force", "-f") { Description = "Also to a disk that is built in, or into a regular file; never to one in use" };
        var yes = new Option<bool>("--yes", "-y") { Description = "Do not ask" };
        var progress = SharedOptions.Progress();
        var command = new Command("write", "Write an ISO or a disk image to a USB stick, card or disk, and compare") { iso, device, force, yes, progress };
        command.SetAction((parsed, cancel) => Task.Run(() =>
        {
            var path = parsed.GetRequiredValue(iso);
            if (!File.Exists(path))
                throw new ImageException(ImageErrorKind.Io, "IB1904", $"{path}: no such image");
            using var file = File.OpenHandle(path);
            var image = Content.From(file, 0, RandomAccess.GetLength(file), path);
            var kind = MediumImage.Identify(image, path);
            if (parsed.GetValue(device) is not { } target)
                return List(path, image.Length);
            return Write(path, image, kind, WriteTarget.Find(target, image.Length, parsed.GetValue(force)), parsed.GetValue(yes), progress.In(parsed), cancel);
        }, CancellationToken.None));
        return command;
    }

    private static int Write(string path, Content image, MediumKind kind, WriteTarget target, bool yes, ProgressMode progress, CancellationToken cancel)
    {
        foreach (var line in target.Lines())
            Console.Error.WriteLine(line);
        if (kind == MediumKind.PlainIso)
            Console.Error.WriteLine($"warning: {path} has no boot sector: it starts as a CD, but hardly from a stick");
        if (!yes && !Confirmed(path, image, target, cancel))
        {
            Errors.Show("IB5414", $"not confirmed; {target.Path} is as it was");
            return ExitCode.Failed;
        }
        try
        {
            var digest = Reporters.Run(progress, reporter =>
            {
                // Opened first: from here on nobody can mount it.
                using var device = target.Open();
                if (ChecksumFile.Find(path) is { } expected)
                    ChecksumFile.Check(image, path, expected, reporter, cancel);
                return new DeviceWriter(reporter).Run(image, device, target.Path, cancel);
            }, cancel);
            Console.WriteLine($"{target.Path}: {image.Length} bytes written and read back, SHA-256 {digest}");
            return ExitCode.Done;
        }
        catch (WriteInterruptedException interrupt)
        {
            Errors.Show(WriteInterruptedException.Id, interrupt.Message);
            return ExitCode.Interrupted;
        }
    }

    private static bool Confirmed(string path, Content image, WriteTarget target, CancellationToken cancel)
    {
        if (Console.IsInputRedirected)
            throw new ImageException(ImageErrorKind.Spec, "IB5414", $"everything on {target.Path} would be lost and nobody can be asked, since the input is no terminal; --yes goes on without asking");
        Console.Error.Write($"Everything on it will be lost; {path} ({ByteSize.Short(image.Length)}) takes its place.\nType yes or {target.Path} to go on: ");
        // In a task: Ctrl-C must not wait for Enter.
        var reading = Task.Run(Console.ReadLine, CancellationToken.None);
        reading.Wait(cancel);
        var answer = reading.Result?.Trim() ?? "";
        return answer == target.Path || answer == Path.GetFileName(target.Path) || answer.Equals("yes", StringComparison.OrdinalIgnoreCase);
    }

    private static int List(string path, long length)
    {
        var disks = WriteTarget.Candidates(length);
        if (disks.Count == 0)
        {
            Errors.Show("no removable disk is there that is free and large enough; `imagebuilder write ISO DEVICE` tells of a certain one why it is not");
            return ExitCode.Usage;
        }
        foreach (var disk in disks)
            Console.WriteLine($"{disk.Path}  {WriteTarget.Describe(disk)}, {ByteSize.Short(disk.Length)}");
        Errors.Show($"which one? imagebuilder write {path} {disks[0].Path}");
        return ExitCode.Usage;
    }
}
