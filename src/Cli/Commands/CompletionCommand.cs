using System.CommandLine;
using ImageBuilder.Pipeline;

namespace ImageBuilder.Cli.Commands;

/// <summary>`imagebuilder completion`.</summary>
internal static class CompletionCommand
{
    public static Command Create()
    {
        var shell = new Argument<string>("SHELL") { Description = "bash, zsh or fish" };
        shell.AcceptOnlyFromAmong("bash", "zsh", "fish");
        var command = new Command("completion", "Print a completion script: eval \"$(imagebuilder completion bash)\"") { shell };
        command.SetAction(parsed =>
        {
            Console.Out.Write(Templates.ReadText($"completion/{parsed.GetRequiredValue(shell)}"));
            return ExitCode.Done;
        });
        return command;
    }
}
