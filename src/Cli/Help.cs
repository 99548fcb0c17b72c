using System.CommandLine;

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
                output.WriteLine($"  {command.Name,-12}{command.Description}");
            output.WriteLine();
        }
        output.WriteLine("imagebuilder help VERB tells the options of one. Exit codes: 0 done, 1 failed, 2 wrong usage or spec, 130 interrupted.");
    }

    /// <summary>Offers the verb that was probably meant.</summary>
    public static void Suggest(string[] arguments, RootCommand root)
    {
        var word = arguments.FirstOrDefault(argument => !argument.StartsWith('-'));
        var names = root.Subcommands.SelectMany(command => command.Aliases.Prepend(command.Name)).ToArray();
        if (word is null || names.Contains(word))
        {
            Console.Error.WriteLine($"imagebuilder help {word} tells what is possible");
            return;
        }
        var near = Pipeline.Spec.Suggestion.For(word, names);
        Console.Error.WriteLine(near is null ? "imagebuilder help lists the verbs" : $"did you mean '{near}'?");
    }
}
