using System.Globalization;
using ImageBuilder.Agent.Arguments;

namespace ImageBuilder.Agent.Verbs;

/// <summary>`imageagent rollback`: the next start has an earlier upper.</summary>
internal static class RollbackVerb
{
    private static readonly Option Upper = new("--upper", "N", "the number of the upper to go back to (imageagent status lists them)");

    public static Verb Create() => new("rollback", "The next start has an earlier upper of the same stack.", """
        The upper that is in use now is kept in its place, so that it can be gone back to as well. The running system stays as it is until it is
        restarted (systemctl reboot). Persisted folders are not touched. A power cut leaves either the state before, or the rollback.
        Written: the state record (partition ib-state, or /ib/state.* of the data partition).
        """, Run)
    { Options = [Upper] };

    private static int Run(Call call)
    {
        if (!uint.TryParse(call.Value(Upper.Name), NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            throw new UsageException(call.Value(Upper.Name) is { } value ? $"--upper {value}: expected a number; imageagent status lists the uppers that are kept" : "rollback needs --upper N; imageagent status lists the uppers that are kept");
        var (slot, stack, store) = call.OpenDevice().OpenUsedStore();
        using (store)
        {
            var record = store.Uppers.Rollback(slot, stack, number);
            call.Console.Result(
                () => $"the next start has upper {record.UpperOf(slot)}; restart to get there: systemctl reboot",
                json =>
                {
                    json.WriteNumber("upper", record.UpperOf(slot));
                    json.WriteStartArray("kept");
                    foreach (var kept in record.Kept)
                        json.WriteNumberValue(kept);
                    json.WriteEndArray();
                });
        }
        return ExitCode.Done;
    }
}
