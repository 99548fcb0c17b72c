using ImageBuilder.Agent.Arguments;

namespace ImageBuilder.Agent.Verbs;

/// <summary>`imageagent reset`: the next start begins in the factory state.</summary>
internal static class ResetVerb
{
    private static readonly Option Keep = new("--keep", "PATH", "what has changed at and below these paths stays", Many: true);
    private static readonly Option Identity = new("--identity", null, "machine id and ssh host keys are made anew, too");

    public static Verb Create() => new("reset", "The next start begins in the factory state.", """
        The running system stays as it is until it is restarted (systemctl reboot). Persisted folders stay (the image's `persist:`), and so do
        machine id and ssh host keys, unless --identity is given; writable areas are emptied. What is reset is gone: to be able to go back, take
        a snapshot first (imageagent snapshot), or write the changes to a layer (imageagent capture).
        A power cut leaves either the state before, or the reset. The same is done by "Reset to factory state" in the boot menu, and by
        ib.reset on the kernel command line; ib.reset=TOKEN does it once for each token.
        Written: the state record (partition ib-state, or /ib/state.* of the data partition); with --keep /ib/uppers/N of the data partition.
        The old upper is deleted by the next start, or by imageagent-clean.service.
        """, Run)
    { Options = [Keep, Identity] };

    private static int Run(Call call)
    {
        var device = call.OpenDevice();
        var (slot, stack, store) = device.OpenUsedStore();
        using (store)
        {
            var persisted = device.Settings?.Persist ?? [];
            var keep = new List<string>();
            foreach (var path in call.All(Keep.Name).Select(Paths.Absolute).Distinct(StringComparer.Ordinal))
                if (persisted.FirstOrDefault(folder => path == folder || path.StartsWith(folder + '/', StringComparison.Ordinal)) is { } folder)
                    call.Console.Note($"{path} stays anyway: {folder} is persisted");
                else
                    keep.Add(path);
            var record = store.Uppers.Reset(slot, stack, keep, call.Has(Identity.Name));
            call.Console.Result(
                () => $"the next start begins in the factory state{(keep.Count > 0 ? $", but for {string.Join(", ", keep)}" : "")}; restart to get there: systemctl reboot",
                json =>
                {
                    json.WriteNumber("upper", record.UpperOf(slot));
                    json.WriteStartArray("kept");
                    foreach (var path in keep)
                        json.WriteStringValue(path);
                    json.WriteEndArray();
                    json.WriteBoolean("identity", call.Has(Identity.Name));
                });
        }
        return ExitCode.Done;
    }
}
