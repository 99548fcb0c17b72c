using System.CommandLine;
using ImageBuilder.Formats.Trees;
using ImageBuilder.Pipeline.CommandLines;

namespace ImageBuilder.Cli.Commands;

/// <summary>`imagebuilder explain-cmdline`.</summary>
internal static class ExplainCommand
{
    public static Command Create()
    {
        var line = new Argument<string[]>("WORDS|FILE|-") { Description = "A kernel command line, a file that holds one such as /proc/cmdline, or - for stdin", Arity = ArgumentArity.OneOrMore };
        var json = SharedOptions.Json();
        var command = new Command("explain-cmdline", "Say what each word of a kernel command line will do; fails where the boot would stop") { line, json };
        command.SetAction(parsed =>
        {
            var explanation = CommandLineExplanation.Of(Text(parsed.GetRequiredValue(line)));
            if (parsed.GetValue(json))
                Console.Out.Write(explanation.ToJson());
            else
                Write(explanation);
            return explanation.HasErrors ? ExitCode.Failed : ExitCode.Done;
        });
        return command;
    }

    private static string Text(string[] words) => words switch
    {
        ["-"] => Console.In.ReadToEnd(),
        [var one] when File.Exists(one) => File.ReadAllText(one),
        _ => string.Join(' ', words),
    };

    /// <summary>Nothing that a terminal would obey.</summary>
    private static void Write(CommandLineExplanation explanation)
    {
        var word = explanation.Words.Select(entry => EntryName.Printable(entry.Word).Length).DefaultIfEmpty().Max();
        var owner = explanation.Words.Select(entry => entry.Owner.Length).DefaultIfEmpty().Max();
        foreach (var entry in explanation.Words)
            Console.Out.WriteLine($"{EntryName.Printable(entry.Word).PadRight(word)}  {entry.Verdict.ToString().ToLowerInvariant(),-7}  {entry.Owner.PadRight(owner)}  {EntryName.Printable(entry.Meaning)}");
    }
}
