using System.CommandLine;
using System.CommandLine.Parsing;

namespace ImageBuilder.Cli;

/// <summary>The one-screen overview, and what to say about a word nobody knows.</summary>
internal static class Help
{
    /// <summary>All verbs by group, one line each.</summary>
    public static void WriteOverview(TextWriter output)
    {
        output.WriteLine("imagebuilder: one YAML file becomes a live image that boots everywhere\n");
        output.WriteLine("  imagebuilder init live > live.yaml    a commented spec to start from");
        output.WriteLine("  imagebuilder build live.yaml          the image, in out/");
        output.WriteLine("  imagebuilder vm live.yaml             boot it under QEMU\n");
        foreach (var (group, commands) in CommandLine.Groups)
        {
            output.WriteLine(group);
            foreach (var command in commands)
                output.WriteLine($"  {command.Name,-16}{command.Description}");
            output.WriteLine();
        }
        output.WriteLine("imagebuilder help VERB tells the options of one, --version this program's version. Exit codes: 0 done, 1 failed, 2 wrong usage or spec, 130 interrupted.");
    }

    /// <summary>What is wrong with a verb or an option that nobody knows; null when all are known.</summary>
    public static string? UnknownWord(string[] arguments, ParseResult parsed)
    {
        var root = parsed.RootCommandResult.Command;
        var verbs = root.Subcommands.SelectMany(command => command.Aliases.Prepend(command.Name)).ToArray();
        if (arguments is [var word, ..] && word.Length > 0 && word[0] is not ('-' or '[') && !verbs.Contains(word))
            return $"unknown verb '{word}'; {Near(word, verbs) ?? "`imagebuilder help` lists them"}";

        // An option that the verb does not have is parsed as its argument: a name of a file that begins with '-' is written ./-name.
        var command = parsed.CommandResult.Command;
        var option = parsed.CommandResult.Children.OfType<ArgumentResult>().SelectMany(result => result.Tokens).Select(token => token.Value)
            .Concat(parsed.UnmatchedTokens).FirstOrDefault(token => token.Length > 1 && token[0] == '-');
        if (option is null && command.Subcommands.Count > 0 && command is not RootCommand && parsed.Errors.Count > 0)
            return $"{command.Name} needs one of: {string.Join(", ", command.Subcommands.Select(known => known.Name))}";
        return option is null ? null
            : $"unknown option '{option}'; {Near(option, [.. command.Options.Select(known => known.Name)]) ?? $"`imagebuilder {Path(command)} --help` lists them"}";
    }

    private static string? Near(string word, string[] known) => Suggestion.For(word, known) is { } near ? $"did you mean '{near}'?" : null;

    private static string Path(Command command) =>
        command.Parents.OfType<Command>().FirstOrDefault() is { } parent and not RootCommand ? $"{Path(parent)} {command.Name}" : command.Name;
}
