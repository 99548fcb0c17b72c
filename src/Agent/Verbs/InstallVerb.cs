using System.Text;
using System.Text.Json;
using ImageBuilder.Agent.Arguments;
using ImageBuilder.Agent.Updates;
using ImageBuilder.Formats;
using ImageBuilder.Update.State;

namespace ImageBuilder.Agent.Verbs;

/// <summary>`imageagent install`: an update goes into the other slot.</summary>
internal static class InstallVerb
{
    private static readonly Option DryRun = new("--dry-run", null, "tell what would be fetched and hidden; install nothing");
    private static readonly Option Reboot = new("--reboot", null, "restart when it is installed");
    private static readonly Option Force = new("--force", null, "also what is rolled out to others first, or has failed here; nothing else is forced");

    public static Verb Create() => new("install", "Installs what the channel offers into the slot that does not run; the next start tries it.", """
        Only what is neither in the store nor in the factory stack is fetched, straight into the store. A download that was cut, by the network or
        the power, goes on where it was. Each layer and the boot set are read back from the device and get their names when their digests are
        right; only then is the slot armed. What runs is not touched. The next start tries the new stack, as often as the image says (`update:
        tries:`); healthy, it is kept, else the old one comes back by itself, and the failed one is not fetched again.
        --dry-run lists what would be downloaded, and what would hide something new at the first start: changes that are carried over
        (update.carry) where the new version has changed the same, and what it has changed below persisted folders.
        Works without a network from a folder or tar that `imagebuilder publish` has made: --from /media/stick/repo.
        Written: /ib/layers, /ib/stacks and /ib/channels of the data partition, the partition ib-boot-a or ib-boot-b of the slot, the state record
        (partition ib-state), and the boot loader's hints. What the slot had before is given up.
        """, Run)
    { Options = [CheckVerb.From, CheckVerb.Channel, CheckVerb.CaFile, CheckVerb.Attempts, DryRun, Reboot, Force] };

    private static int Run(Call call)
    {
        using var interruption = new Interruption();
        using var session = CheckVerb.Open(call, interruption);
        var offer = UpdateCheck.Look(session);
        if (offer.Verdict is Verdict.UpToDate or Verdict.Installed)
        {
            session.Progress.End();
            call.Console.Result(() => $"{offer.Name}: {offer.Why}", json => CheckVerb.Write(json, offer));
            return ExitCode.Done;
        }
        if (!call.Has(Force.Name) && !call.Has(DryRun.Name))
            RequireWanted(offer);
        using var factory = FactoryStack.TryOpen(session.Device, out _);
        var plan = InstallPlan.Make(session, offer, factory);
        if (call.Has(DryRun.Name))
        {
            var shadows = Shadows.Find(session, plan);
            session.Progress.End();
            call.Console.Result(() => Text(plan, shadows), json => Write(json, plan, shadows));
            return ExitCode.Done;
        }
        Installation.Run(session, plan, factory);
        session.Progress.End();
        call.Console.Result(
            () => $"{offer.Name} is installed in slot {plan.Target}, {Size.Text(plan.Download)} downloaded; the next start tries it{(call.Has(Reboot.Name) ? "" : ": imageagent reboot")}",
            json =>
            {
                CheckVerb.Write(json, offer);
                json.WriteString("slot", NameOf(plan.Target));
                json.WriteNumber("downloaded", plan.Download);
            });
        session.Dispose(); // what is asked to stop the system may want the store
        return call.Has(Reboot.Name) ? SystemReboot.Request() : ExitCode.Done;
    }

    private static void RequireWanted(Offer offer)
    {
        if (offer.Verdict == Verdict.Quarantined)
            throw new ImageException(ImageErrorKind.Unsupported, "IB6140", $"{offer.Name} is not installed: {offer.Why} (--force installs it all the same)");
        if (offer.Verdict == Verdict.Waiting)
            throw new ImageException(ImageErrorKind.Unsupported, "IB6141", $"{offer.Name} is not installed: {offer.Why} (--force installs it now)");
    }

    private static string Text(InstallPlan plan, Shadows shadows)
    {
        var text = new StringBuilder($"{plan.Offer.Name} would go into slot {plan.Target}: {plan.Offer.Why}\n");
        foreach (var (layer, present) in plan.Layers)
            text.Append($"  layer {layer.Sha256[..12]}  {Size.Text(layer.Size)}{(present > 0 ? $", {Size.Text(present)} of it are here" : "")}\n");
        text.Append($"  boot set {plan.Stack.Boot!.Sha256[..12]}  {plan.BootFrom switch { BootSource.Present => "is there", BootSource.OtherSlot => "copied from the other slot", _ => Size.Text(plan.Stack.Boot.Size) }}\n");
        text.Append($"to download: {Size.Text(plan.Download)}; the data partition has {Size.Text(plan.Free)} for it\n");
        if (shadows.Entries is not { } entries)
            text.Append($"what would hide something new cannot be told before the download: {shadows.Why}\n");
        else if (entries.Count == 0)
            text.Append("nothing that is kept would hide something new\n");
        foreach (var entry in shadows.Entries ?? [])
            text.Append($"{(entry.IsPersisted ? "persisted" : "changed here")}, would hide what is new: {entry.Path}\n");
        return text.ToString();
    }

    private static void Write(Utf8JsonWriter json, InstallPlan plan, Shadows shadows)
    {
        CheckVerb.Write(json, plan.Offer);
        json.WriteString("slot", NameOf(plan.Target));
        json.WriteStartArray("layers");
        foreach (var (layer, present) in plan.Layers)
        {
            json.WriteStartObject();
            json.WriteString("sha256", layer.Sha256);
            json.WriteNumber("size", layer.Size);
            json.WriteNumber("present", present);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteString("bootSet", plan.BootFrom switch { BootSource.Present => "present", BootSource.OtherSlot => "other-slot", _ => "download" });
        json.WriteNumber("download", plan.Download);
        json.WriteNumber("free", plan.Free);
        if (shadows.Entries is not { } entries)
        {
            json.WriteNull("shadowed");
            json.WriteString("shadowedUnknown", shadows.Why);
            return;
        }
        json.WriteStartArray("shadowed");
        foreach (var entry in entries)
        {
            json.WriteStartObject();
            json.WriteString("path", entry.Path);
            json.WriteBoolean("persisted", entry.IsPersisted);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static string NameOf(Slot slot) => slot == Slot.A ? "a" : "b";
}
