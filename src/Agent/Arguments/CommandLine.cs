using System.Text;
using ImageBuilder.Agent.Verbs;
using ImageBuilder.Formats;

namespace ImageBuilder.Agent.Arguments;

/// <summary>
/// The verbs, and what every one of them shares. What is needed of a library for it fits on a page.
/// </summary>
internal static class CommandLine
{
    private static readonly Option Json = new("--json", null, "the result as one JSON object; errors too");
    private static readonly Option Help = new("--help", null, "this text") { Alias = "-h" };

    /// <summary>All verbs in the order help shows them.</summary>
    public static IReadOnlyList<Verb> Verbs { get; } =
        [StatusVerb.Create(), CheckVerb.Create(), InstallVerb.Create(), VerifyVerb.Create(), DaemonVerb.Create(), ChangesVerb.Create(), ResetVerb.Create(), SnapshotVerb.Create(), RollbackVerb.Create(),
            CaptureVerb.Create(), TryVerb.Create(), CleanVerb.Create()];

    /// <summary>A verb's options, with those that all have.</summary>
    public static IEnumerable<Option> OptionsOf(Verb verb) => [.. verb.Options, Json, Help];

    /// <summary>Runs the program.</summary>
    /// <param name="arguments">The words after its name.</param>
    /// <param name="console">Where to speak.</param>
    /// <param name="openDevice">The running system.</param>
    /// <returns>The exit code.</returns>
    public static int Run(string[] arguments, AgentConsole console, Func<Device> openDevice)
    {
        var end = Array.IndexOf(arguments, "--");
        console.Json = arguments.AsSpan(0, end < 0 ? arguments.Length : end).Contains(Json.Name);
        try
        {
            return RunVerb(arguments, console, openDevice);
        }
        catch (UsageException error)
        {
            console.Error(null, error.Message);
            return ExitCode.Usage;
        }
        catch (ImageException error)
        {
            console.Error(error);
            return error.Kind == ImageErrorKind.Spec ? ExitCode.Usage : ExitCode.Failed;
        }
        catch (TrialException error)
        {
            console.Error(null, error.Message);
            return error.ExitCode;
        }
        catch (OperationCanceledException)
        {
            console.Error(null, "interrupted; nothing half made was left behind");
            return ExitCode.Interrupted;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            console.Error("IB6190", error.Message);
            return ExitCode.Failed;
        }
    }

    private static int RunVerb(string[] arguments, AgentConsole console, Func<Device> openDevice)
    {
        if (arguments is ["help", var about])
            arguments = [about, Help.Name];
        switch (arguments)
        {
            case []:
                console.Text(Overview());
                return ExitCode.Usage;
            case ["help" or "--help" or "-h"]:
                console.Text(Overview());
                return ExitCode.Done;
            case ["--version"]:
                console.Text(typeof(CommandLine).Assembly.GetName().Version!.ToString(3));
                return ExitCode.Done;
        }
        var verb = Verbs.FirstOrDefault(verb => verb.Name == arguments[0])
            ?? throw new UsageException($"unknown verb '{arguments[0]}'; {Suggestion.OrAll(arguments[0], [.. Verbs.Select(verb => verb.Name)], "there are")}");
        var end = Array.IndexOf(arguments, "--");
        if (arguments.AsSpan(0, end < 0 ? arguments.Length : end).ContainsAny(Help.Name, Help.Alias!))
        {
            console.Text(Page(verb));
            return ExitCode.Done;
        }
        return verb.Run(Call.Parse(verb, arguments[1..], console, openDevice));
    }

    private static string Overview()
    {
        var text = new StringBuilder("imageagent: what this system keeps, and how to get rid of it\n\n");
        foreach (var verb in Verbs)
            text.Append($"  {verb.Name,-10}{verb.Summary}\n");
        return text.Append("\nimageagent VERB --help tells more, --version this program's version. Exit codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted.\n").ToString();
    }

    private static string Page(Verb verb)
    {
        var text = new StringBuilder($"imageagent {verb.Name}{(verb.Options.Count > 0 ? " [options]" : "")}{(verb.Words.Length > 0 ? " " + verb.Words : "")}{(verb.TakesCommand ? " [-- command…]" : "")}\n\n{verb.Summary}\n\n");
        foreach (var option in OptionsOf(verb))
            text.Append($"  {option.Usage,-22}{option.Help}\n");
        return text.Append('\n').Append(verb.Help).Append('\n').ToString();
    }
}
