using System.Globalization;
using System.Text.RegularExpressions;
using ImageBuilder.Pipeline.Running;

namespace ImageBuilder.Pipeline.Sources;

/// <summary>Turns what apt and dpkg print into progress: packages fetched, then packages set up.</summary>
internal sealed partial class AptProgress(IBuildStep step)
{
    private long packages;
    private long fetched;
    private long done;

    /// <summary>Hears one line of the program's output.</summary>
    public void Line(string line)
    {
        if (NewlyInstalled().Match(line) is { Success: true } match)
        {
            packages += long.Parse(match.Groups["count"].Value, CultureInfo.InvariantCulture);
        }
        else if (line.StartsWith("I: running --", StringComparison.Ordinal))
        {
            // The whole shell text of a hook: too long for a line, and nothing that the user wrote as such.
            step.Detail(line.StartsWith("I: running --setup-hook", StringComparison.Ordinal) ? "unpacking the tree" : "running scripts");
        }
        else if (line.StartsWith("I: ", StringComparison.Ordinal))
        {
            step.Detail(line[3..].TrimEnd('.'));
        }
        else if (line.StartsWith("Get:", StringComparison.Ordinal) && packages > 0)
        {
            step.Detail("downloading packages");
            step.Progress(++fetched, packages);
        }
        else if (line.StartsWith("Setting up ", StringComparison.Ordinal))
        {
            step.Detail("setting up " + line["Setting up ".Length..].Split(' ')[0]);
            step.Progress(++done, Math.Max(done, packages));
        }
    }

    [GeneratedRegex(@"(?<count>\d+) newly installed", RegexOptions.ExplicitCapture)]
    private static partial Regex NewlyInstalled();
}
