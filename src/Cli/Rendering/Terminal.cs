using Spectre.Console;

namespace ImageBuilder.Cli.Rendering;

/// <summary>Where output goes: results to stdout, everything else to stderr; colour only for people and never under NO_COLOR.</summary>
internal static class Terminal
{
    /// <summary>The console for logs, progress and errors.</summary>
    public static IAnsiConsole Log { get; } = Make(Console.Error, Console.IsErrorRedirected);

    /// <summary>True when stderr is a terminal.</summary>
    public static bool IsInteractive => !Console.IsErrorRedirected && Environment.GetEnvironmentVariable("TERM") is not (null or "" or "dumb");

    private static IAnsiConsole Make(TextWriter writer, bool redirected)
    {
        var plain = redirected || Environment.GetEnvironmentVariable("NO_COLOR") is { Length: > 0 };
        return AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(writer),
            Ansi = plain ? AnsiSupport.No : AnsiSupport.Detect,
            ColorSystem = plain ? ColorSystemSupport.NoColors : ColorSystemSupport.Detect,
            Interactive = redirected ? InteractionSupport.No : InteractionSupport.Detect,
        });
    }
}
