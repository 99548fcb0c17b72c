using System.CommandLine;
using System.CommandLine.Parsing;
using ImageBuilder.Cli.Rendering;

namespace ImageBuilder.Cli.Commands;

/// <summary>Options and arguments that several verbs share, each made anew for its verb.</summary>
internal static class SharedOptions
{
    public static Argument<string> Spec() => new("SPEC") { Description = "The spec, a YAML file" };

    public static Option<string[]> Set() => new("--set") { Description = "Fill a variable: --set NAME=VALUE (repeatable)", HelpName = "NAME=VALUE" };

    public static Option<string> OutputFolder() => new("--output-dir", "-o") { Description = "Where artefacts go", DefaultValueFactory = _ => "out" };

    public static Option<bool> Force() => new("--force", "-f") { Description = "Replace what exists" };

    public static Option<bool> Json() => new("--json") { Description = "Print JSON" };

    public static Option<bool> Refresh() => new("--refresh") { Description = "Make the base anew even when the cache has it" };

    public static Option<ProgressMode> Progress() => new("--progress")
    {
        Description = "auto, term, plain or json",
        DefaultValueFactory = _ => ProgressMode.Auto,
    };

    public static Option<int> Jobs()
    {
        var option = new Option<int>("--jobs", "-j") { Description = "Threads; does not change the bytes", DefaultValueFactory = _ => Environment.ProcessorCount };
        option.Validators.Add(AtLeastOne);
        return option;
    }

    /// <summary>The --set pairs as a map.</summary>
    public static IReadOnlyDictionary<string, string> Variables(string[] pairs)
    {
        var variables = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var pair in pairs)
        {
            var equals = pair.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0)
                throw new Formats.ImageException(Formats.ImageErrorKind.Spec, "IB1900", $"--set {pair}: expected NAME=VALUE");
            variables[pair[..equals]] = pair[(equals + 1)..];
        }
        return variables;
    }

    private static void AtLeastOne(OptionResult result)
    {
        if (result.GetValueOrDefault<int>() < 1)
            result.AddError($"{result.Option.Name}: expected 1 or more");
    }
}
