using ImageBuilder.Agent.Health;
using ImageBuilder.Agent.Repositories;
using ImageBuilder.Formats;
using ImageBuilder.Linux.Blocks;
using ImageBuilder.Update.Stacks;
using ImageBuilder.Update.State;

namespace ImageBuilder.Agent.Updates;

/// <summary>
/// Brings a stack into the slot that does not run: layers into the store, the boot set onto its partition, and then the switch. Everything gets its name when it was read back
/// from the device; a cut anywhere leaves what runs as it is, and the next attempt goes on.
/// </summary>
internal static class Installation
{
    /// <summary>Bytes between two notes in the state record of how far the download is: it is for people, and wears a device's flash.</summary>
    private const long NoteEvery = 64 << 20;

    /// <summary>Does what a plan says; the next start tries the stack then.</summary>
    /// <exception cref="ImageException">What went wrong: IB602x the store, IB605x the slots, IB612x the repository, IB6135 the boot set. Calling it again goes on.</exception>
    public static StateRecord Run(UpdateSession session, InstallPlan plan, FactoryStack? factory)
    {
        var slots = session.Store.OpenSwitch(session.Device);
        var record = session.Record;
        if (record.Of(plan.Target).Stack == plan.Stack.Id && record.Phase == InstallPhase.Staged)
            return slots.Arm(session.Settings.Tries);
        if (record.Of(plan.Target).Stack != plan.Stack.Id || record.Phase != InstallPhase.Staging)
            record = slots.Stage(plan.Target, plan.Stack.Id);
        // The manifest first: it tells a collection which layers are awaited. Nothing boots by it before the record says STAGED.
        session.Store.Layers.PutStack(plan.Offer.Manifest, plan.Offer.Signatures);
        Collection.Run(session.Store, session.Device, factory, TimeSpan.MaxValue);
        FetchLayers(session, plan, bytes => slots.Progress((ulong)bytes));
        WriteBootSet(session, plan);
        if (plan.Stack.Layers.FirstOrDefault(layer => !session.Store.Layers.Has(layer) && factory?.Has(layer) is not true) is { } lost)
            throw new ImageException(ImageErrorKind.Corrupt, "IB6136", $"layer {lost.Sha256} is gone again; try again");
        slots.Staged();
        record = slots.Arm(session.Settings.Tries);
        Report(session, plan);
        return record;
    }

    /// <summary>Notes it for the image's `update.report`; what is installed stays so when that fails.</summary>
    private static void Report(UpdateSession session, InstallPlan plan)
    {
        try
        {
            Reports.Add(session.Device, ReportEvent.Installed, plan.Stack.Id.ToString(), null, (plan.Stack.Name, plan.Stack.Version));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ImageException)
        {
            session.Progress.Note($"the result cannot be noted for the report: {error.Message}");
        }
    }

    /// <summary>Fetches a layer into the store, from where an earlier attempt ended.</summary>
    /// <param name="session">Where from and where to.</param>
    /// <param name="layer">The layer.</param>
    /// <param name="done">Told the layer's bytes that are there.</param>
    public static void Fetch(UpdateSession session, StackBlob layer, Action<long> done)
    {
        using var partial = session.Store.Layers.Begin(layer);
        session.Repository.ReadBlob(layer, partial.Length, part =>
        {
            partial.Append(part);
            done(partial.Length);
        }, session.Cancel);
        partial.Finish();
    }

    private static void FetchLayers(UpdateSession session, InstallPlan plan, Action<long> note)
    {
        var (before, noted) = (0L, 0L);
        for (var i = 0; i < plan.Layers.Count; i++)
        {
            var layer = plan.Layers[i].Layer;
            session.Progress.Begin("download", $"layer {layer.Sha256[..12]} ({i + 1} of {plan.Layers.Count})");
            Fetch(session, layer, bytes =>
            {
                session.Progress.Advance(bytes, layer.Size);
                if (before + bytes - noted >= NoteEvery)
                    note(noted = before + bytes);
            });
            note(noted = before += layer.Size);
        }
    }

    private static void WriteBootSet(UpdateSession session, InstallPlan plan)
    {
        if (plan.BootFrom == BootSource.Present)
            return;
        var boot = plan.Stack.Boot!;
        session.Progress.Begin("boot set", $"boot set {boot.Sha256[..12]} of slot {plan.Target}");
        WriteBootSet(session, plan.Target, boot, plan.BootFrom == BootSource.OtherSlot);
    }

    /// <summary>Writes a slot's boot set.</summary>
    /// <param name="session">Where from and where to.</param>
    /// <param name="slot">The slot.</param>
    /// <param name="boot">What is to be there.</param>
    /// <param name="fromOtherSlot">The other slot's partition holds the same.</param>
    /// <exception cref="ImageException">IB6135: it reads back differently; IB612x: the repository.</exception>
    public static void WriteBootSet(UpdateSession session, Slot slot, StackBlob boot, bool fromOtherSlot)
    {
        using var target = RawDevice.Open(session.Device.Partition(BootSet.LabelOf(slot))!, isBlockDevice: true);
        BootSet.Write(target, boot, take =>
        {
            if (fromOtherSlot)
            {
                using var other = RawDevice.OpenToRead(session.Device.Partition(BootSet.LabelOf(slot == Slot.A ? Slot.B : Slot.A))!);
                BootSet.ReadParts(other, 0, boot.Size, part => take(part));
                return;
            }
            var done = 0L;
            session.Repository.ReadBlob(boot, 0, part =>
            {
                take(part);
                session.Progress.Advance(done += part.Length, boot.Size);
            }, session.Cancel);
        });
    }
}
