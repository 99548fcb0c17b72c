using ImageBuilder.Formats.Trees;
using ImageBuilder.Pipeline.Running;
using Spectre.Console;

namespace ImageBuilder.Cli.Rendering;

/// <summary>Chooses how a build's progress is shown.</summary>
internal static class Reporters
{
    /// <summary>What an interrupt is answered with until everything has ended.</summary>
    public const string Stopping = "stopping, cleaning up …";

    /// <summary>Runs the work with a reporter of the wanted kind.</summary>
    public static T Run<T>(ProgressMode mode, Func<IBuildReporter, T> work, CancellationToken cancel)
    {
        switch (mode)
        {
            case ProgressMode.Json:
                return work(new JsonReporter(Console.Error));
            case ProgressMode.Plain:
            case ProgressMode.Auto when !Terminal.IsInteractive:
                using (cancel.Register(() => Console.Error.WriteLine(Stopping)))
                    return work(new PlainReporter(Console.Error));
            default:
                var warnings = new List<string>();
                try
                {
                    return Terminal.Log.Progress()
                        .HideCompleted(false)
                        .Columns(new SpinnerColumn(), new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn { Width = 24 }, new ElapsedTimeColumn())
                        .Start(context => work(new LiveReporter(context, warnings, cancel)));
                }
                finally
                {
                    foreach (var warning in warnings)
                        Terminal.Log.MarkupLineInterpolated($"[yellow]warning:[/] {EntryName.PrintableLines(warning)}");
                }
        }
    }
}
