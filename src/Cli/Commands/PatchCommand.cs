using System.CommandLine;
using System.Text.Json;
using ImageBuilder.Cli.Rendering;
using ImageBuilder.Formats.SquashFs;
using ImageBuilder.Pipeline.Repositories;

namespace ImageBuilder.Cli.Commands;

/// <summary>`imagebuilder patch`: what changed between two images, as a layer.</summary>
internal static class PatchCommand
{
    public static Command Create()
    {
        var before = new Argument<string>("OLD") { Description = "A build's output folder, a disk image, an ISO, a SquashFS image, a tar archive or a folder" };
        var after = new Argument<string>("NEW") { Description = "What it becomes" };
        var output = new Option<string>("--output", "-o") { Description = "The layer to write, a SquashFS image", HelpName = "FILE", Required = true };
        var compression = CompressionOption();
        var (jobs, force, json, progress) = (SharedOptions.Jobs(), SharedOptions.Force(), SharedOptions.Json(), SharedOptions.Progress());
        var command = new Command("patch", "Make the layer that turns one image into another") { before, after, output, compression, jobs, force, json, progress };
        command.SetAction((parsed, cancel) => Task.Run(() =>
        {
            var target = parsed.GetRequiredValue(output);
            var result = Reporters.Run(progress.In(parsed), reporter => new PatchRun(reporter).Run(parsed.GetRequiredValue(before), parsed.GetRequiredValue(after), target,
                Compression(parsed.GetValue(compression)), parsed.GetValue(jobs), parsed.GetValue(force), cancel), cancel);
            Console.WriteLine(parsed.GetValue(json) ? ToJson(target, result) : $"{target}: {PatchRun.ToText(result)}");
            return ExitCode.Done;
        }, CancellationToken.None));
        return command;
    }

    /// <summary>--compression of the verbs that make patches.</summary>
    public static Option<string?> CompressionOption() => new("--compression") { Description = "zstd, xz, gzip, lz4 or none, and a level: NAME[:LEVEL]; as the new image when not given" };

    /// <summary>What it says; null when nothing.</summary>
    public static SquashFsOptions? Compression(string? text) => text is null ? null : CompressionChoice.Apply(text, new SquashFsOptions());

    private static string ToJson(string path, PatchResult result)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            json.WriteString("path", path);
            json.WriteString("sha256", result.Sha256);
            json.WriteNumber("size", result.Size);
            json.WriteNumber("changed", result.Changed);
            json.WriteNumber("removed", result.Removed);
            if (result.FullSize is { } full)
                json.WriteNumber("fullSize", full);
            json.WriteEndObject();
        }
        return System.Text.Encoding.UTF8.GetString(buffer.ToArray());
    }
}
