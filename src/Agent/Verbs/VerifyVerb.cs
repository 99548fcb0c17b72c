using System.Text.Json;
using ImageBuilder.Agent.Arguments;
using ImageBuilder.Agent.Updates;
using ImageBuilder.Formats;
using ImageBuilder.Update.State;

namespace ImageBuilder.Agent.Verbs;

/// <summary>`imageagent verify`: whether everything that a start needs is as it was.</summary>
internal static class VerifyVerb
{
    private static readonly Option Repair = new("--repair", null, "fetch what is damaged again, by its digest");

    public static Verb Create() => new("verify", "Reads everything that a start needs and compares digests; mends what is damaged.", """
        Layers of both slots and of the factory stack, and both boot sets, are read from the device, not from memory. With --repair a damaged layer
        is fetched from the repository by its digest, whatever the channel offers now; it goes to the store, where a start looks first, also
        when it is the factory stack's, whose partition is never written. A boot set is copied from the other slot when that has the same.
        imageagent-verify.timer does this monthly, with idle priority. Exit code 1 when something is damaged and was not mended.
        Written with --repair: /ib/layers and /ib/stacks of the data partition, ib-boot-a, ib-boot-b.
        """, Run)
    { Options = [Repair, CheckVerb.From, CheckVerb.CaFile, CheckVerb.Attempts] };

    private static int Run(Call call)
    {
        using var interruption = new Interruption();
        var device = call.OpenDevice();
        var progress = call.Console.Progress();
        IReadOnlyList<CheckedPart> parts;
        using (var store = device.OpenStore())
        using (var factory = FactoryStack.TryOpen(device, out var fault))
        {
            if (device.Partition(PartitionCopies.Label) is null)
                throw new ImageException(ImageErrorKind.Unsupported, "IB6137", "this system was not started from a disk with two slots: what it starts from is the medium, which `ib.check` in the boot menu reads");
            if (fault is not null)
                progress.Note($"the factory stack cannot be read: {fault}");
            parts = new StoreCheck(device, store, factory, what => progress.Begin("verify", what), interruption.Token).Run();
        }
        progress.End();
        var damaged = parts.Where(part => part.Fault is not null).ToList();
        var mended = damaged.Count > 0 && call.Has(Repair.Name) ? StoreRepair.Run(call, interruption, damaged) : [];
        call.Console.Result(() => Text(parts, mended), json => Write(json, parts, mended));
        var left = damaged.Except(mended).ToList();
        return left.Count == 0 ? ExitCode.Done
            : throw new ImageException(ImageErrorKind.Corrupt, "IB6142", $"damaged: {string.Join("; ", left.Select(part => $"{part.Name}: {part.Fault}"))}{(call.Has(Repair.Name) ? "" : "; imageagent verify --repair fetches it again")}");
    }

    private static string Text(IReadOnlyList<CheckedPart> parts, IReadOnlyList<CheckedPart> mended) =>
        string.Concat(parts.Select(part => $"{part.Name}: {(part.Fault is null ? "right" : mended.Contains(part) ? $"mended ({part.Fault})" : part.Fault)}\n"));

    private static void Write(Utf8JsonWriter json, IReadOnlyList<CheckedPart> parts, IReadOnlyList<CheckedPart> mended)
    {
        json.WriteStartArray("parts");
        foreach (var part in parts)
        {
            json.WriteStartObject();
            json.WriteString("name", part.Name);
            json.WriteString("sha256", part.Blob?.Sha256);
            json.WriteString("state", part.Fault is null ? "right" : mended.Contains(part) ? "mended" : "damaged");
            if (part.Fault is { } fault)
                json.WriteString("fault", fault);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }
}
