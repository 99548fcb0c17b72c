using System.CommandLine;
using System.CommandLine.Help;
using ImageBuilder.Cli.Commands;
using ImageBuilder.Cli.Rendering;
using ImageBuilder.Formats;
using ImageBuilder.Qemu;

namespace ImageBuilder.Cli;

/// <summary>The verbs put together, and what every one of them shares: errors, exit codes, Ctrl-C.</summary>
internal static class CommandLine
{
    private static readonly (string Group, (string Name, Func<Command> Create)[] Verbs)[] Verbs =
    [
        ("Describe an image", [("init", InitCommand.Create), ("validate", ValidateCommand.Create), ("summary", SummaryCommand.Create), ("schema", SchemaCommand.Create)]),
        ("Build it", [("build", BuildCommand.Create), ("layer", LayerCommand.Create), ("verify", VerifyCommand.Create), ("clean", CleanCommand.Create)]),
        ("Boot it", [("vm", VmCommand.Create), ("test", TestCommand.Create), ("explain-cmdline", ExplainCommand.Create), ("write", WriteCommand.Create)]),
        ("Look into it", [("inspect", InspectCommand.Create), ("diff", DiffCommand.Create), ("audit", AuditCommand.Create)]),
        ("Update it", [("patch", PatchCommand.Create), ("publish", PublishCommand.Create)]),
        ("Sign it", [("keygen", KeygenCommand.Create), ("sign", SignCommand.Create)]),
        ("Formats", [("squashfs", SquashFsCommand.Create)]),
        ("This program", [("completion", CompletionCommand.Create)]),
    ];

    /// <summary>All verbs in the order help shows them, in groups.</summary>
    public static IReadOnlyList<(string Group, Command[] Commands)> Groups => field ??= [.. Verbs.Select(group => (group.Group, group.Verbs.Select(verb => verb.Create()).ToArray()))];

    /// <summary>Runs the program and returns its exit code.</summary>
    public static async Task<int> RunAsync(string[] arguments)
    {
        if (arguments is [] or ["help"] or ["-h"] or ["--help"] or ["-?"])
        {
            Help.WriteOverview(Console.Out);
            return arguments is [] ? ExitCode.Usage : ExitCode.Done;
        }
        if (arguments is ["help", .. var verb])
            arguments = [.. verb, "--help"];
        // The one that is named is enough: to describe all of them takes time at every start.
        var named = Verbs.SelectMany(group => group.Verbs).FirstOrDefault(verb => verb.Name == arguments[0]).Create;
        var root = new RootCommand("One YAML file becomes a live image that boots everywhere.");
        foreach (var command in named is null ? Groups.SelectMany(group => group.Commands) : [named()])
            root.Subcommands.Add(command);
        // One way to ask for help in completion and help texts is enough.
        foreach (var help in root.Options.OfType<HelpOption>())
            foreach (var alias in help.Aliases.Where(alias => alias != "-h").ToArray())
                help.Aliases.Remove(alias);

        var (ours, rest) = SplitRest(arguments);
        var parsed = root.Parse(ours);
        if (parsed.CommandResult.Command.Options.OfType<ChoiceOption<ProgressMode>>().SingleOrDefault() is { } progress && parsed.Errors.Count == 0 && progress.In(parsed) == ProgressMode.Json)
            Errors.Json = Console.Error;
        if (Help.UnknownWord(ours, parsed) is { } unknown)
        {
            Errors.Show(unknown);
            return ExitCode.Usage;
        }
        if (parsed.Errors.Count > 0)
        {
            foreach (var error in parsed.Errors)
                Errors.Show(error.Message.TrimEnd());
            Console.Error.WriteLine($"imagebuilder help {ours.FirstOrDefault(word => !word.StartsWith('-'))} tells what is possible");
            return ExitCode.Usage;
        }
        if (rest.Length > 0 && parsed.CommandResult.Command.Name != "vm")
        {
            Errors.Show("only `vm` passes arguments on after `--`");
            return ExitCode.Usage;
        }
        try
        {
            return await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = TimeSpan.FromSeconds(40) });
        }
        catch (OperationCanceledException)
        {
            Errors.Show("interrupted; nothing half made was left behind");
            return ExitCode.Interrupted;
        }
        catch (ImageException error)
        {
            Errors.Show(error);
            return error.Kind == ImageErrorKind.Spec ? ExitCode.Usage : ExitCode.Failed;
        }
        catch (QemuException error)
        {
            Errors.Show(error.Id, error.Message);
            return ExitCode.Failed;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            Errors.Show("IB9001", error.Message);
            return ExitCode.Failed;
        }
        catch (Exception error)
        {
            Errors.Show("IB9002", $"this is a defect of imagebuilder, not of your spec; please report it with these lines:\n{error}");
            return ExitCode.Failed;
        }
    }

    /// <summary>What stands after a lone "--" is not ours.</summary>
    private static (string[] Ours, string[] PassedOn) SplitRest(string[] arguments)
    {
        var at = Array.IndexOf(arguments, "--");
        return at < 0 ? (arguments, []) : (arguments[..at], arguments[(at + 1)..]);
    }
}
