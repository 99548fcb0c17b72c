using System.Diagnostics;
using ImageBuilder.Qemu.Acceleration;
using ImageBuilder.Qemu.Machines;
using ImageBuilder.Qemu.Timelines;

namespace ImageBuilder.Qemu.Scenarios;

/// <summary>Runs scenarios, each to its first failure.</summary>
/// <param name="accelerator">What runs the guests.</param>
/// <param name="resolveImage">Turns a scenario's <c>image</c> into an artefact; builds it when it is a spec.</param>
/// <param name="output">Is told of everything.</param>
/// <param name="extraArguments">Passed to QEMU as they are.</param>
/// <param name="program">The path of imagebuilder itself, for the scenarios' scripts: IMAGEBUILDER; null where there is none.</param>
public sealed class ScenarioRunner(Accelerator accelerator, Func<string, CancellationToken, Task<ResolvedImage>> resolveImage,
    IScenarioOutput output, IReadOnlyList<string>? extraArguments = null, string? program = null)
{
    private const int TailLines = 40;

    /// <summary>Runs all; a failure does not keep the others from running. Only cancellation throws.</summary>
    /// <param name="scenarios">The scenarios.</param>
    /// <param name="jobs">How many run at once, at least 1. With several, the output hears of each when it has ended.</param>
    /// <param name="cancellation">Stops all.</param>
    /// <returns>The results, in the order of the scenarios.</returns>
    public async Task<IReadOnlyList<ScenarioResult>> RunAsync(IEnumerable<Scenario> scenarios, int jobs = 1, CancellationToken cancellation = default)
    {
        output.Note(accelerator.ToString());
        using var shared = new RunFolder(); // what several scenarios' scripts need is made once
        var boots = new SharedBoots(shared);
        using var host = new SemaphoreSlim(1); // and images and scripts one after the other, since they may need the same
        var all = scenarios.ToArray();
        var results = new ScenarioResult[all.Length];
        await Parallel.ForEachAsync(Enumerable.Range(0, all.Length), new ParallelOptions { MaxDegreeOfParallelism = jobs, CancellationToken = cancellation }, async (number, stop) =>
        {
            var heard = jobs == 1 ? null : new BufferedScenarioOutput();
            results[number] = await RunAsync(all[number], shared.Path, boots, host, heard ?? output, stop);
            if (heard is not null)
                lock (results)
                    heard.PassOn(output);
        });
        return results;
    }

    private async Task<ScenarioResult> RunAsync(Scenario scenario, string shared, SharedBoots boots, SemaphoreSlim host, IScenarioOutput output, CancellationToken cancellation)
    {
        await host.WaitAsync(cancellation);
        var ownsHost = true;
        output.ScenarioStarted(scenario);
        var watch = Stopwatch.StartNew();
        var steps = new List<StepResult>();
        var timelines = new List<BootTimeline>();
        var console = "";
        StepFailure? failure = null;
        try
        {
            var image = await resolveImage(scenario.Image, cancellation);
            string[] variables = [$"SHARED={shared}", $"SCENARIOS={Path.GetDirectoryName(Path.GetFullPath(scenario.Path))}", $"IMAGEBUILDER={program}"];
            await using var machine = new ScenarioMachine(image, accelerator, extraArguments ?? [], variables, boots);
            if (scenario.Prepare is { } script)
                await machine.PrepareAsync(script, cancellation);
            Release();
            foreach (var step in scenario.Steps)
            {
                output.StepStarted(step);
                var result = await RunAsync(machine, step, cancellation);
                steps.Add(result);
                output.StepFinished(result);
                if ((failure = result.Failure) is not null)
                    break;
                if (await machine.NewTimelineAsync(cancellation) is { } timeline)
                {
                    timelines.Add(timeline);
                    output.Timeline(timeline);
                    if (timeline.End > image.BootLimit)
                    {
                        failure = new StepFailure("IB6313", $"limits.boot: kernel and initramfs took {timeline.End.TotalSeconds:0.0} s; the spec allows {image.BootLimit.Value.TotalSeconds:0.#} s", []);
                        break;
                    }
                }
            }
            console = machine.ConsoleText;
        }
        catch (Exception e) when (e is not OperationCanceledException || !cancellation.IsCancellationRequested)
        {
            // The image could not be built or its machine not be prepared: this scenario failed, the others still run.
            failure = new StepFailure((e as QemuException)?.Id ?? "IB6308", e.Message, []);
        }
        finally
        {
            Release();
        }
        var finished = new ScenarioResult(scenario, steps, watch.Elapsed, failure, timelines, console);
        output.ScenarioFinished(finished);
        return finished;

        void Release()
        {
            if (ownsHost)
                host.Release();
            ownsHost = false;
        }
    }

    private static async Task<StepResult> RunAsync(ScenarioMachine machine, ScenarioStep step, CancellationToken cancellation)
    {
        var watch = Stopwatch.StartNew();
        try
        {
            await machine.RunAsync(step, cancellation);
            return new StepResult(step, watch.Elapsed, null);
        }
        catch (QemuException e)
        {
            var said = machine.Messages is { Length: > 0 } messages ? $"; QEMU said: {messages}" : "";
            return new StepResult(step, watch.Elapsed, new StepFailure(e.Id, e.Message + said, machine.LastConsoleLines(TailLines)));
        }
    }
}
