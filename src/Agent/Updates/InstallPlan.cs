using ImageBuilder.Formats;
using ImageBuilder.Linux.Blocks;
using ImageBuilder.Update.Data;
using ImageBuilder.Update.Slots;
using ImageBuilder.Update.Stacks;
using ImageBuilder.Update.State;

namespace ImageBuilder.Agent.Updates;

/// <summary>What an installation will do, worked out before the first byte is written.</summary>
/// <param name="Offer">What is installed.</param>
/// <param name="Target">The slot that it goes into.</param>
/// <param name="Layers">Layers that neither the store nor the factory stack has, with the bytes of each that an earlier attempt has left.</param>
/// <param name="BootFrom">Where the boot set comes from.</param>
/// <param name="Space">Bytes that the layers will take on the data partition.</param>
/// <param name="Free">Bytes that are free there, with what the installation gives up first.</param>
internal sealed record InstallPlan(Offer Offer, Slot Target, IReadOnlyList<(StackBlob Layer, long Present)> Layers, BootSource BootFrom, long Space, long Free)
{
    /// <summary>Bytes of the data partition that an installation leaves free: what runs goes on writing, and the new slot gets an upper.</summary>
    public const long Margin = 32 << 20;

    /// <summary>The stack.</summary>
    public StackManifest Stack => Offer.Stack!;

    /// <summary>Bytes that will be fetched.</summary>
    public long Download => Layers.Sum(layer => layer.Layer.Size - layer.Present) + (BootFrom == BootSource.Repository ? Stack.Boot!.Size : 0);

    /// <summary>Works it out. Reads the boot sets, writes nothing.</summary>
    /// <exception cref="ImageException">IB6134: there is no room; IB6136: the stack has no boot set, or the device no partition for it; IB6139: the system that runs is on trial itself.</exception>
    public static InstallPlan Make(UpdateSession session, Offer offer, FactoryStack? factory)
    {
        var (record, stack) = (session.Record, offer.Stack!);
        if (record.Phase is InstallPhase.Trying or InstallPhase.Committing && session.Running != Slot.Factory && record.Of(session.Running).Status == SlotStatus.Trial)
            throw new ImageException(ImageErrorKind.Unsupported, "IB6139", "what runs is on trial, and the other slot is the way back: nothing is installed over that; wait until it is kept, or say so: imageagent commit");
        var target = SlotSwitch.Target(record, session.Running);
        List<(StackBlob, long)> missing = [.. stack.Layers.Distinct().Where(layer => !session.Store.Layers.Has(layer) && factory?.Has(layer) is not true).Select(layer => (layer, session.Store.Layers.PartOf(layer)))];
        var bootFrom = FindBootSet(session, stack, target);
        var plan = new InstallPlan(offer, target, missing, bootFrom, missing.Sum(layer => layer.Item1.Size - layer.Item2), session.Store.Data.FreeBytes);
        if (plan.Space == 0 || plan.Space + Margin <= plan.Free)
            return plan;
        plan = plan with { Free = plan.Free + GivenUp(session, plan, record, factory) };
        return plan.Space + Margin <= plan.Free ? plan
            : throw new ImageException(ImageErrorKind.LimitExceeded, "IB6134", $"{offer.Name} needs {Size.Text(plan.Space)} of the data partition, where {Size.Text(Margin)} stay free besides, and {Size.Text(plan.Free)} can be had: delete files, or kept uppers (imageagent status)");
    }

    /// <summary>The stacks whose layers stay: what the record names, and what runs.</summary>
    public static IReadOnlyList<StackId> NamedStacks(StateRecord record, StackId? running, FactoryStack? factory) =>
        [.. record.NamedStacks.Concat(running is { } id ? [id] : []).Concat(factory is null ? [] : [factory.Manifest.Id]).Distinct()];

    private static long GivenUp(UpdateSession session, InstallPlan plan, StateRecord record, FactoryStack? factory)
    {
        var then = record.With(plan.Target, new SlotState(plan.Stack.Id, 0, SlotStatus.Trial, 0));
        var layers = session.Store.Layers.Collectable(NamedStacks(then, session.RunningStack, factory), factory is null ? [plan.Stack] : [plan.Stack, factory.Manifest]);
        var upper = record.Of(plan.Target).Upper;
        return layers + (upper == 0 || upper == session.Device.UpperNumber ? 0 : TreeCopy.Size(session.Store.Data, DataLayout.Upper(upper)));
    }

    private static BootSource FindBootSet(UpdateSession session, StackManifest stack, Slot target)
    {
        if (stack.Boot is not { } boot)
            throw new ImageException(ImageErrorKind.Unsupported, "IB6136", $"{stack.Name} {stack.Version} has no boot set: it was not built for disks");
        if (Holds(session, target, boot, out var room))
            return BootSource.Present;
        if (room < boot.Size)
            throw new ImageException(ImageErrorKind.LimitExceeded, "IB6136", $"the boot set of {stack.Name} {stack.Version} has {boot.Size} bytes, and {BootSet.LabelOf(target)} of this disk {(room < 0 ? "is not there" : $"room for {room}")}; write the image anew");
        return Holds(session, target == Slot.A ? Slot.B : Slot.A, boot, out _) ? BootSource.OtherSlot : BootSource.Repository;
    }

    private static bool Holds(UpdateSession session, Slot slot, StackBlob boot, out long room)
    {
        room = -1;
        if (session.Device.Partition(BootSet.LabelOf(slot)) is not { } path)
            return false;
        using var device = RawDevice.OpenToRead(path);
        room = device.Length;
        try
        {
            return room >= boot.Size && BootSet.Hash(device, boot.Size) == boot.Sha256;
        }
        catch (IOException)
        {
            return false; // what cannot be read is written anew
        }
    }
}

/// <summary>Where a boot set comes from.</summary>
internal enum BootSource
{
    /// <summary>The slot's partition holds it already.</summary>
    Present,

    /// <summary>The other slot's partition holds it.</summary>
    OtherSlot,

    Repository,
}
