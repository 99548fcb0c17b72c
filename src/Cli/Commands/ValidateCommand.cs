using System.CommandLine;

namespace ImageBuilder.Cli.Commands;

/// <summary>`imagebuilder validate`.</summary>
internal static class ValidateCommand
{
    public static Command Create()
    {
        var specs = new Argument<string[]>("SPEC") { Description = "Specs to check", Arity = ArgumentArity.OneOrMore };
        var set = SharedOptions.Set();
        var command = new Command("validate", "Check a spec and show every error at once") { specs, set };
        command.SetAction(parsed =>
        {
            var wrong = 0;
            foreach (var spec in parsed.GetRequiredValue(specs))
                if (SpecFile.Load(spec, parsed.GetValue(set) ?? []) is null)
                    wrong++;
                else
                    Console.Error.WriteLine($"{spec}: valid");
            return wrong == 0 ? ExitCode.Done : ExitCode.Usage;
        });
        return command;
    }
}
