using System.CommandLine;
using ImageBuilder.Cli.Rendering;
using ImageBuilder.Formats;
using ImageBuilder.Pipeline.Inspection;
using ImageBuilder.Pipeline.Inspection.Differences;

namespace ImageBuilder.Cli.Commands;

/// <summary>`imagebuilder diff`. Exit codes as diff(1) has them: 0 the same, 1 different, 2 trouble.</summary>
internal static class DiffCommand
{
    private const int Different = 1;
    private const int Trouble = 2;

    public static Command Create()
    {
        var before = new Argument<string>("A") { Description = "An ISO, also unpacked to a folder, a disk image, a SquashFS image, a tar archive or a folder" };
        var after = new Argument<string>("B") { Description = "What to compare it with" };
        var all = new Option<bool>("--all") { Description = "List every file, however many differ" };
        var ignore = new Option<string[]>("--ignore") { Description = $"What does not count: {string.Join(", ", TreeDiff.AspectNames)} (repeatable)", HelpName = "WHAT" };
        ignore.AcceptOnlyFromAmong([.. TreeDiff.AspectNames]);
        var json = SharedOptions.Json();
        var command = new Command("diff", "Compare two images, tars or folders; exits with 0 same, 1 different, 2 trouble") { before, after, all, ignore, json };
        command.SetAction((parsed, cancel) => Task.Run(() =>
        {
            try
            {
                using var first = OpenedImage.Open(parsed.GetRequiredValue(before), cancel);
                using var second = OpenedImage.Open(parsed.GetRequiredValue(after), cancel);
                var differences = ImageDiff.Compare(first, second, (parsed.GetValue(ignore) ?? []).ToHashSet(StringComparer.Ordinal), cancel);
                Console.Out.Write(parsed.GetValue(json) ? DifferencesJson.Write(differences) : DifferencesText.Write(differences, parsed.GetValue(all)));
                return differences.AreEqual ? ExitCode.Done : Different;
            }
            catch (ImageException error)
            {
                Errors.Show(error);
                return Trouble;
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                Errors.Show("IB9001", error.Message);
                return Trouble;
            }
        }, CancellationToken.None));
        return command;
    }
}
