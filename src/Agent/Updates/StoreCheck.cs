using ImageBuilder.Formats;
using ImageBuilder.Linux.Blocks;
using ImageBuilder.Update.Stacks;
using ImageBuilder.Update.State;

namespace ImageBuilder.Agent.Updates;

/// <summary>
/// Reads everything that a start needs, past the kernel's cache, and compares digests: layers of both slots and of the factory stack, and both boot sets. The base is shared,
/// so damage to it takes both slots: it has to be found while the network is there to mend it.
/// </summary>
/// <param name="device">The system.</param>
/// <param name="store">Its data partition and state record.</param>
/// <param name="factory">The factory stack; null when it cannot be read.</param>
/// <param name="begin">Told what is read next.</param>
/// <param name="cancel">Stops it.</param>
internal sealed class StoreCheck(Device device, DeviceStore store, FactoryStack? factory, Action<string> begin, CancellationToken cancel)
{
    /// <summary>Looks at everything.</summary>
    /// <exception cref="ImageException">IB6138: the state record is lost.</exception>
    public IReadOnlyList<CheckedPart> Run()
    {
        var record = store.State.Load().Record ?? throw new ImageException(ImageErrorKind.Corrupt, "IB6138", "both copies of the state record are lost, so nothing says what should be here; the next start makes a new one");
        List<CheckedPart> parts = [];
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (name, stack, slot) in Stacks(record))
        {
            if (stack is null)
            {
                parts.Add(new CheckedPart(PartKind.Manifest, slot, null, $"the stack of {name}", "its manifest is not in the store, or damaged: it has to be installed anew"));
                continue;
            }
            foreach (var layer in stack.Layers.Where(layer => seen.Add(layer.Sha256)))
                parts.Add(CheckLayer(layer, name));
            if (stack.Boot is { } boot && slot is { } number)
                parts.Add(CheckBootSet(boot, number));
        }
        return parts;
    }

    /// <summary>The stacks that can be started; what is being installed is not whole yet.</summary>
    private IEnumerable<(string Name, StackManifest? Stack, Slot? Slot)> Stacks(StateRecord record)
    {
        foreach (var slot in (Slot[])[Slot.A, Slot.B])
            if (record.Of(slot) is { Status: not SlotStatus.Empty and not SlotStatus.Failed } state && !state.Stack.IsEmpty
                && (record.Phase != InstallPhase.Staging || state.Status != SlotStatus.Trial))
                yield return ($"slot {slot}", factory?.Manifest.Id == state.Stack ? factory.Manifest : store.Layers.FindStack(state.Stack), slot);
        if (factory is not null)
            yield return ("the factory stack", factory.Manifest, null);
    }

    private CheckedPart CheckLayer(StackBlob layer, string of)
    {
        cancel.ThrowIfCancellationRequested();
        begin($"layer {layer.Sha256[..12]}");
        // The store first, as a start does: a repaired layer is there.
        var fault = store.Layers.Has(layer) || factory?.Has(layer) is not true ? store.Layers.Check(layer) : factory.Check(layer);
        return new CheckedPart(PartKind.Layer, null, layer, $"layer {layer.Sha256[..12]} of {of}", fault);
    }

    private CheckedPart CheckBootSet(StackBlob boot, Slot slot)
    {
        cancel.ThrowIfCancellationRequested();
        begin($"boot set of slot {slot}");
        return new CheckedPart(PartKind.BootSet, slot, boot, $"boot set of slot {slot}", FaultOf(boot, slot));
    }

    private string? FaultOf(StackBlob boot, Slot slot)
    {
        if (device.Partition(BootSet.LabelOf(slot)) is not { } path)
            return $"there is no partition {BootSet.LabelOf(slot)}";
        try
        {
            using var partition = RawDevice.OpenToRead(path);
            return BootSet.Hash(partition, boot.Size) is var digest && digest != boot.Sha256 ? $"its digest is {digest}" : null;
        }
        catch (IOException error)
        {
            return $"it cannot be read: {error.Message}";
        }
    }
}

/// <summary>A part of what a start needs.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Slot">Of a boot set: the slot.</param>
/// <param name="Blob">Digest and size; null for a manifest that is lost.</param>
/// <param name="Name">For people.</param>
/// <param name="Fault">What is wrong with it; null when nothing is.</param>
internal sealed record CheckedPart(PartKind Kind, Slot? Slot, StackBlob? Blob, string Name, string? Fault);

/// <summary>Kinds of what a start needs.</summary>
internal enum PartKind
{
    Manifest,
    Layer,
    BootSet,
}
