using System.CommandLine;
using ImageBuilder.Pipeline.Spec;
using ImageBuilder.Formats;

namespace ImageBuilder.Cli.Commands;

/// <summary>`imagebuilder init`.</summary>
internal static class InitCommand
{
    public static Command Create()
    {
        var kind = new Argument<string>("KIND") { Description = string.Join(" or ", StarterSpecs.Names), DefaultValueFactory = _ => "live" };
        kind.AcceptOnlyFromAmong([.. StarterSpecs.Names]);
        var output = new Option<string>("--output", "-o") { Description = "Write to a file instead of KIND.yaml; - is stdout, the default when stdout is no terminal" };
        var force = SharedOptions.Force();
        var command = new Command("init", "Write a commented spec to start from") { kind, output, force };
        command.SetAction(parsed =>
        {
            var text = StarterSpecs.Find(parsed.GetRequiredValue(kind))!;
            var path = parsed.GetValue(output) ?? (Console.IsOutputRedirected ? "-" : parsed.GetRequiredValue(kind) + ".yaml");
            if (path == "-")
            {
                Console.Out.Write(text);
                return ExitCode.Done;
            }
            if (File.Exists(path) && !parsed.GetValue(force))
                throw new ImageException(ImageErrorKind.Io, "IB5003", $"{path} exists already; --force replaces it");
            try
            {
                File.WriteAllText(path, text);
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                throw new ImageException(ImageErrorKind.Io, "IB1909", $"{path} cannot be written: {error.Message}", error);
            }
            Console.WriteLine(path);
            return ExitCode.Done;
        });
        return command;
    }
}
