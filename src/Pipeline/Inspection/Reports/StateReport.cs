using ImageBuilder.Formats.Trees;
using ImageBuilder.Update.State;

namespace ImageBuilder.Pipeline.Inspection.Reports;

/// <summary>The copies of an appliance's state record: src/Update/FORMAT.md.</summary>
internal static class StateReport
{
    /// <summary>Adds what the record that counts says, and how each copy stands.</summary>
    public static void Describe(ImageReport report, Content content)
    {
        var copies = new ReportTable("copies", "number", "offset", "sequence", "state");
        StateRecord? newest = null;
        for (var number = 0; number < IStateCopies.Count; number++)
        {
            var at = number * PartitionCopies.Distance;
            var bytes = new byte[StateRecord.Length];
            if (at + bytes.Length > content.Length)
                break;
            content.Read(at, bytes);
            var record = StateRecord.TryParse(bytes, out var fault);
            copies.Add(number, at, record is null ? null : (long)record.Sequence, fault ?? "valid");
            if (fault is not null)
                report.Faults.Add($"state record, copy {number}: {fault}");
            if (record is not null && (newest is null || record.Sequence > newest.Sequence))
                newest = record;
        }
        if (newest is not null)
            Describe(report, newest);
        report.Add(copies);
    }

    private static void Describe(ImageReport report, StateRecord record)
    {
        report.Add("active", record.Active.ToString());
        report.Add("phase", record.Phase.ToString());
        report.Add("nextUpper", (long)record.NextUpper);
        report.Add("factoryUpper", (long)record.FactoryUpper);
        report.Add("kept", string.Join(", ", record.Kept));
        report.Add("epoch", (long)record.Epoch);
        report.Add("quarantined", record.Quarantined.IsEmpty ? null : $"{record.Quarantined}: {record.Reason}");
        var slots = new ReportTable("slots", "slot", "stack", "upper", "status", "tries");
        foreach (var slot in (Slot[])[Slot.A, Slot.B])
        {
            var state = record.Of(slot);
            slots.Add(slot.ToString(), state.Stack.IsEmpty ? "" : state.Stack.ToString(), (long)state.Upper, state.Status.ToString(), (int)state.Tries);
        }
        report.Add(slots);
    }
}
