using ImageBuilder.Agent.Arguments;

namespace ImageBuilder.Agent.Verbs;

/// <summary>`imageagent snapshot`: a copy of the upper, to go back to.</summary>
internal static class SnapshotVerb
{
    public static Verb Create() => new("snapshot", "Copies what has changed, to be able to go back to it.", """
        The copy is of the files as they are now: stop what writes a database first. Where the file system can share blocks (reflink) it takes
        no space at first. How many are kept is the image's `snapshots:`; the oldest goes when there is one too many.
        `imageagent status` lists them, `imageagent rollback --upper N` goes back. They belong to the stack that they were made over.
        Written: /ib/uppers/N of the data partition, the state record (partition ib-state, or /ib/state.*).
        """, Run);

    private static int Run(Call call)
    {
        var device = call.OpenDevice();
        var (slot, stack, store) = device.OpenUsedStore();
        using (store)
        {
            var (number, record) = store.Uppers.Snapshot(slot, stack, device.Settings?.Reserve ?? 0);
            call.Console.Result(
                () => $"upper {number} is a copy of what has changed up to now; imageagent rollback --upper {number} goes back to it\nkept: {string.Join(", ", record.Kept)}",
                json =>
                {
                    json.WriteNumber("upper", number);
                    json.WriteStartArray("kept");
                    foreach (var kept in record.Kept)
                        json.WriteNumberValue(kept);
                    json.WriteEndArray();
                });
        }
        return ExitCode.Done;
    }
}
