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
    /// <summary>All verbs in the order help shows them, in groups.</summary>
    public static IReadOnlyList<(string Group, Command[] Commands)> Groups { get; } =
    [
        ("Describe an image", [InitCommand.Create(), ValidateCommand.Create(), SummaryCommand.Create(), SchemaCommand.Create()]),
        ("Build it", [BuildCommand.Create(), LayerCommand.Create(), VerifyCommand.Create(), CleanCommand.Create()]),
        ("Boot it", [VmCommand.Create(), TestCommand.Create(), ExplainCommand.Create(), WriteCommand.Create()]),
        ("Look into it", [InspectCommand.Create(), DiffCommand.Create(), AuditCommand.Create()]),
        ("Update it", [PatchCommand.Create(), PublishCommand.Create()]),
        ("Sign it", [KeygenCommand.Create(), SignCommand.Create()]),
        ("Formats", [SquashFsCommand.Create()]),
        ("This program", [CompletionCommand.Create()]),
    ];

    /// <summary>Runs the program and returns its exit code.</summary>
    public static async Task<int> RunAsync(string[] arguments)
    {
        var root = new RootCommand("One YAML file becomes a live image that boots everywhere.");
        foreach (var command in Groups.SelectMany(group => group.Commands))
            root.Subcommands.Add(command);

        if (arguments is [] or ["help"] or ["-h"] or ["--help"] or ["-?"])
        {
            Help.WriteOverview(Console.Out);
            return arguments is [] ? ExitCode.Usage : ExitCode.Done;
        }
        if (arguments is ["help", .. var verb])
            arguments = [.. verb, "--help"];
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
