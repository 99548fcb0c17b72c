using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using ImageBuilder.Cli.Rendering;
using ImageBuilder.Qemu.Acceleration;

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

    public static Option<bool> NoCache() => new("--no-cache") { Description = "Compress everything anew: neither use nor keep compressed blocks" };

    public static Option<bool> Locked() => new("--locked") { Description = "Install exactly the package versions of the spec's .lock file, or say which are gone" };

    public static Option<string> PasswordFile() => new("--password-file") { Description = "The secret key's password is the first line of this file; - is the standard input" };

    public static ChoiceOption<ProgressMode> Progress() =>
        new("--progress", "A live display, plain lines, or JSON lines; auto is plain when stderr is no terminal", ProgressMode.Auto);

    public static ChoiceOption<AcceleratorChoice> Accelerator() =>
        new("--accel", "KVM or QEMU's translator; auto is KVM where it really runs guests", AcceleratorChoice.Auto);

    public static Option<int> Jobs() => new("--jobs", "-j")
    {
        Description = "Threads; does not change the bytes",
        DefaultValueFactory = _ => Environment.ProcessorCount,
        CustomParser = result => Number(result, 1, 1024),
    };

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

    /// <summary>Parses an option's number and refuses what is out of range before any work begins.</summary>
    public static int Number(ArgumentResult result, int least, int most)
    {
        var text = result.Tokens[0].Value;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most)
            return number;
        result.AddError($"{(result.Parent as OptionResult)?.Option.Name} {text}: expected a number from {least} to {most}");
        return least;
    }
}
