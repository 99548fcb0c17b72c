using System.Globalization;
using ImageBuilder.Agent.Arguments;
using ImageBuilder.Agent.Updates;
using ImageBuilder.Formats;

namespace ImageBuilder.Agent.Verbs;

/// <summary>`imageagent clean`: deletes what is not used any more.</summary>
internal static class CleanVerb
{
    private static readonly Option Time = new("--time", "SECONDS", "stop after this time; the rest is for the next run");

    public static Verb Create() => new("clean", "Deletes what a reset has put aside, now.", """
        Uppers that the state record does not name go to /ib/trash of the data partition, which is then emptied; the one in use stays until a
        start has left it. Of the store goes what neither slot, nor the factory stack, nor an installation that was begun names. A run that is
        stopped is gone on with by the next. imageagent-clean.service does the same after each start, with idle disk priority.
        """, Run)
    { Options = [Time] };

    private static int Run(Call call)
    {
        var budget = call.Value(Time.Name) is not { } text ? TimeSpan.MaxValue
            : double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds) && seconds < 1e9 ? TimeSpan.FromSeconds(seconds)
            : throw new UsageException($"--time {text}: expected seconds");
        var device = call.OpenDevice();
        using var store = device.OpenStore();
        using var factory = FactoryStack.TryOpen(device, out _);
        var (result, layers) = Collection.Run(store, device, factory, budget);
        call.Console.Result(
            () => $"{result.Deleted + layers.Count} files and folders deleted{(result.IsComplete ? "" : "; not all yet")}",
            json =>
            {
                json.WriteNumber("deleted", result.Deleted + layers.Count);
                json.WriteBoolean("complete", result.IsComplete);
            });
        if (result.Failures.Count > 0)
            throw new ImageException(ImageErrorKind.Io, "IB6115", $"not everything could be deleted: {string.Join("; ", result.Failures)}");
        return ExitCode.Done;
    }
}
