using System.CommandLine;
using ImageBuilder.Formats.Trees;
using ImageBuilder.Formats;
using ImageBuilder.Qemu.Acceleration;
using ImageBuilder.Qemu.Machines;
using ImageBuilder.Qemu.Scenarios;
using ImageBuilder.Qemu;

namespace ImageBuilder.Cli.Commands;

/// <summary>`imagebuilder test`.</summary>
internal static class TestCommand
{
    public static Command Create()
    {
        var files = new Argument<string[]>("SCENARIO") { Description = "Scenario files", Arity = ArgumentArity.OneOrMore };
        var junit = new Option<string>("--junit") { Description = "Write a JUnit report to a file" };
        var jobs = new Option<int>("--jobs", "-j") { Description = "How many scenarios run at once", DefaultValueFactory = _ => 1, CustomParser = result => SharedOptions.Number(result, 1, 64) };
        var accel = SharedOptions.Accelerator();
        var (set, output) = (SharedOptions.Set(), SharedOptions.OutputFolder());
        var command = new Command("test", "Run boot scenarios on an image") { files, junit, jobs, accel, set, output };
        command.SetAction(async (parsed, cancel) =>
        {
            var loaded = parsed.GetRequiredValue(files).Select(ScenarioFile.Load).ToArray();
            foreach (var diagnostic in loaded.SelectMany(file => file.Diagnostics))
                await Console.Error.WriteLineAsync(EntryName.PrintableLines(diagnostic.ToString()));
            if (loaded.Any(file => file.Scenario is null))
                return ExitCode.Usage;
            using var folder = new RunFolder();
            var direct = new Dictionary<(string, DateTime, long), DirectBoot>();
            var accelerator = await AcceleratorDetector.ResolveAsync(accel.In(parsed), cancel);
            var runner = new ScenarioRunner(accelerator, (image, stop) => Task.Run(() => Resolve(image, folder.Path, stop), CancellationToken.None), new PlainScenarioOutput(Console.Out), program: Environment.ProcessPath);
            var results = await runner.RunAsync(loaded.Select(file => file.Scenario!), parsed.GetValue(jobs), cancel);
            if (parsed.GetValue(junit) is { } report)
                JUnitReport.Write(report, results);
            Console.WriteLine(PlainScenarioOutput.Summary(results));
            return results.All(result => result.Passed) ? ExitCode.Done : ExitCode.Failed;

            ResolvedImage Resolve(string image, string work, CancellationToken stop)
            {
                try
                {
                    var (path, media, limit) = BootImage.Resolve(image, parsed.GetValue(set) ?? [], parsed.GetRequiredValue(output), stop);
                    return new ResolvedImage(path, Path.GetExtension(path) is ".iso" or ".img" ? Direct(path, work) : null, limit) { Media = media };
                }
                catch (ImageException error)
                {
                    throw new QemuException(error.Id, error.Message, error); // the error vocabulary of scenarios, the same id
                }
            }

            // Once for all scenarios of an image: another may be starting from it.
            DirectBoot Direct(string image, string work)
            {
                var file = new FileInfo(image);
                var key = (image, file.LastWriteTimeUtc, file.Length);
                if (!direct.TryGetValue(key, out var boot))
                    direct[key] = boot = BootImage.Direct(image, Directory.CreateDirectory(Path.Combine(work, $"{direct.Count}")).FullName);
                return boot;
            }
        });
        return command;
    }
}
