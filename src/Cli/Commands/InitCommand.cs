using System.CommandLine;
using ImageBuilder.Formats;
using ImageBuilder.Pipeline.Templates;

namespace ImageBuilder.Cli.Commands;

/// <summary>`imagebuilder init`.</summary>
internal static class InitCommand
{
    private const string Prefix = "starter-";
    private const string Suffix = ".yaml";

    public static Command Create()
    {
        var names = TemplateStore.List().Where(path => path.StartsWith(Prefix, StringComparison.Ordinal) && path.EndsWith(Suffix, StringComparison.Ordinal))
            .Select(path => path[Prefix.Length..^Suffix.Length]).ToArray();
        var kind = new Argument<string>("KIND") { Description = string.Join(" or ", names), DefaultValueFactory = _ => "live" };
        kind.AcceptOnlyFromAmong(names);
        var output = new Option<string>("--output", "-o") { Description = "Write to a file instead of KIND.yaml; - is stdout" };
        var force = SharedOptions.Force();
        var command = new Command("init", "Write a commented spec to start from") { kind, output, force };
        command.SetAction(parsed =>
        {
            var text = TemplateStore.Read(Prefix + parsed.GetRequiredValue(kind) + Suffix);
            var path = parsed.GetValue(output) ?? (Console.IsOutputRedirected ? "-" : parsed.GetRequiredValue(kind) + Suffix);
            if (path == "-")
            {
                Console.Out.Write(text);
                return ExitCode.Done;
            }
            if (File.Exists(path) && !parsed.GetValue(force))
                throw new ImageException(ImageErrorKind.Io, "IB5003", $"{path} exists already; --force replaces it");
            File.WriteAllText(path, text);
            Console.WriteLine(path);
            return ExitCode.Done;
        });
        return command;
    }
}
