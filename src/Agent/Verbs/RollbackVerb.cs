using System.Globalization;
using ImageBuilder.Agent.Arguments;
using ImageBuilder.Update.Slots;

namespace ImageBuilder.Agent.Verbs;

/// <summary>`imageagent rollback`: the next start has the other slot, or an earlier upper.</summary>
internal static class RollbackVerb
{
    private static readonly Option Upper = new("--upper", "N", "the number of the upper to go back to (imageagent status lists them)");

    public static Verb Create() => new("rollback", "The next start has the other slot; or an earlier upper of this one.", """
        Without --upper the other slot becomes the one that starts, with its stack and its upper, as they were when it ran last; what is running
        now stays in its slot. While a slot is on trial, or armed for one, that is given up instead: the old slot starts again.
        With --upper the slot stays, and the next start has an earlier upper of the same stack; the one in use now is kept in its place, so that
        it can be gone back to as well. The running system stays as it is until it is restarted (imageagent reboot). Persisted folders are not
        touched. A power cut leaves either the state before, or the rollback.
        Written: the state record (partition ib-state, or /ib/state.* of the data partition); without --upper also the boot loader's hints
        (/ib on the EFI system partition, in place).
        """, Run)
    { Options = [Upper] };

    private static int Run(Call call)
    {
        if (!call.Has(Upper.Name))
            return ToOtherSlot(call);
        if (!uint.TryParse(call.Value(Upper.Name), NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            throw new UsageException($"--upper {call.Value(Upper.Name)}: expected a number; imageagent status lists the uppers that are kept");
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

    private static int ToOtherSlot(Call call)
    {
        var device = call.OpenDevice();
        using var store = device.OpenStore();
        var record = store.OpenSwitch(device).Rollback();
        call.Console.Result(
            () => record.Active == device.Slot ? $"slot {HintFile.NameOf(record.Active)} stays, and the other is not tried" : $"the next start has slot {HintFile.NameOf(record.Active)}; restart to get there: imageagent reboot",
            json => json.WriteString("slot", HintFile.NameOf(record.Active)));
        return ExitCode.Done;
    }
}
