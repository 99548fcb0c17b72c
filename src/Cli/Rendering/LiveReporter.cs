using ImageBuilder.Formats.Trees;
using ImageBuilder.Pipeline.Running;
using Spectre.Console;

namespace ImageBuilder.Cli.Rendering;

/// <summary>A live display of steps with a bar and the time of each.</summary>
internal sealed class LiveReporter(ProgressContext context, List<string> warnings, CancellationToken cancel) : IBuildReporter
{
    private const int NameWidth = 12;

    public IBuildStep Begin(string name)
    {
        var task = context.AddTask(Title(name, ""), maxValue: 1);
        task.IsIndeterminate = true;
        return new Step(name, task, cancel);
    }

    public void Warn(string message)
    {
        lock (warnings)
            warnings.Add(message);
    }

    private static string Title(string name, string text)
    {
        var room = Math.Max(10, Console.WindowWidth - 60);
        text = EntryName.Printable(text);
        var shown = text.Length <= room ? text : text[..(room - 1)] + "…";
        return $"[bold]{Markup.Escape(name.PadRight(NameWidth))}[/] {Markup.Escape(shown)}";
    }

    private sealed class Step : IBuildStep
    {
        private readonly string name;
        private readonly ProgressTask task;
        private readonly CancellationTokenRegistration stopping;
        private bool complete;

        public Step(string name, ProgressTask task, CancellationToken cancel)
        {
            (this.name, this.task) = (name, task);
            // Programs that hold mounts need some seconds to clean up: the answer to Ctrl-C must not wait for them.
            stopping = cancel.Register(() => task.Description = Title(name, Reporters.Stopping));
        }

        public void Detail(string text)
        {
            if (!stopping.Token.IsCancellationRequested)
                task.Description = Title(name, text);
        }

        public void Progress(long done, long total)
        {
            task.IsIndeterminate = false;
            task.MaxValue = Math.Max(1, total);
            task.Value = done;
        }

        public void Complete(string result = "")
        {
            complete = true;
            stopping.Dispose();
            task.IsIndeterminate = false;
            task.Description = Title(name, result);
            task.Value = task.MaxValue;
            task.StopTask();
        }

        public void Dispose()
        {
            if (complete)
                return;
            stopping.Dispose();
            task.IsIndeterminate = false;
            task.Description = $"[red]{Markup.Escape(name)} {(stopping.Token.IsCancellationRequested ? "interrupted" : "failed")}[/]";
            task.StopTask();
        }
    }
}
