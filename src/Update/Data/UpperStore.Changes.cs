using ImageBuilder.Formats;
using ImageBuilder.Update.Stacks;
using ImageBuilder.Update.State;

namespace ImageBuilder.Update.Data;

public sealed partial class UpperStore
{
    /// <summary>
    /// The next boot of a slot begins with an empty upper, or with one that holds what was changed at some paths; the old one is garbage then.
    /// </summary>
    /// <param name="slot">The slot.</param>
    /// <param name="stack">The stack that it boots.</param>
    /// <param name="keepPaths">Absolute paths, without links on the way, as they are seen in the root file system: what the old upper changed at and below them stays.</param>
    /// <param name="identity">Machine id and ssh host keys go too.</param>
    /// <param name="token">The value of `ib.reset=`, recorded in the same write; null without. Ask <see cref="ResetToken.IsNew"/> first.</param>
    /// <returns>The record as it is on the device.</returns>
    /// <exception cref="ImageException">
    /// IB6021: a path that cannot be kept; IB6022: nothing is there; IB6023: a folder above it was renamed; IB6020: the upper cannot be made (no space);
    /// IB6010 to IB6012: the state record.
    /// </exception>
    public StateRecord Reset(Slot slot, StackId stack, IReadOnlyList<string> keepPaths, bool identity = false, string? token = null)
    {
        var record = Load();
        var old = record.UpperOf(slot);
        var number = 0u;
        if (keepPaths.Count > 0)
        {
            if (old == 0 || StampOf(old) != new UpperStamp(stack, old))
                throw new ImageException(ImageErrorKind.Spec, "IB6022", $"slot {slot} has no upper of this stack, so nothing was changed that could be kept; reset without paths");
            var kept = new KeptPaths(data, DataLayout.Upper(old), keepPaths);
            (record, number) = Prepare(record, stack, kept.CopyTo);
            record = record.WithUpper(slot, number);
        }
        else
        {
            (record, number) = Take(record, slot);
        }
        return state.Save(record with
        {
            ForgetIdentity = record.ForgetIdentity || identity,
            ResetToken = token is null ? record.ResetToken : ResetToken.Hash(token),
        });
    }

    /// <summary>
    /// Copies a slot's upper, to go back to it later. The copy is of the upper as its files are now: what programs write meanwhile may be in it or not.
    /// </summary>
    /// <param name="slot">The slot.</param>
    /// <param name="stack">The stack that it boots.</param>
    /// <param name="reserve">Bytes that stay free beside the copy.</param>
    /// <returns>The copy's number, and the record as it is on the device.</returns>
    /// <exception cref="ImageException">
    /// IB6024: no space; IB6025: the image keeps no snapshots, or the slot has no upper; IB6020: it cannot be copied; IB6010 to IB6012: the state record.
    /// </exception>
    public (uint Number, StateRecord Record) Snapshot(Slot slot, StackId stack, long reserve = 0)
    {
        if (keep < 1)
            throw new ImageException(ImageErrorKind.Spec, "IB6025", "this image keeps no snapshots: build it with 'snapshots: 3' or another number");
        var record = Load();
        var old = record.UpperOf(slot);
        if (old == 0 || StampOf(old) != new UpperStamp(stack, old))
            throw new ImageException(ImageErrorKind.Spec, "IB6025", $"slot {slot} has no upper of this stack that could be copied");
        var source = DataLayout.Upper(old);
        string[] parts = [DataLayout.UpperName, DataLayout.AreasName];
        var (needed, free) = (parts.Sum(part => TreeCopy.Size(data, $"{source}/{part}")), data.FreeBytes);
        if (needed + reserve > free)
            throw new ImageException(ImageErrorKind.LimitExceeded, "IB6024", $"a copy of upper {old} takes {needed} bytes, and {reserve} are to stay free; the data partition has {free}: delete files or older snapshots");
        (record, var number) = Prepare(record, stack, folder =>
        {
            data.Remove($"{folder}/{DataLayout.AreasName}");
            foreach (var part in parts)
                TreeCopy.Copy(data, $"{source}/{part}", $"{folder}/{part}");
        });
        return (number, state.Save(record with { Kept = Kept(record, number) }));
    }

    /// <summary>The next boot of a slot has an earlier upper of the same stack; the one that it has now is kept.</summary>
    /// <returns>The record as it is on the device.</returns>
    /// <exception cref="ImageException">IB6026: no such upper is kept, or it belongs to another stack; IB6010 to IB6012: the state record.</exception>
    public StateRecord Rollback(Slot slot, StackId stack, uint number)
    {
        var record = Load();
        if (!record.Kept.Contains(number))
            throw new ImageException(ImageErrorKind.Spec, "IB6026", $"upper {number} is not kept; kept are: {(record.Kept.Count == 0 ? "none" : string.Join(", ", record.Kept.Order()))}");
        if (StampOf(number) is var stamp && stamp != new UpperStamp(stack, number))
            throw new ImageException(ImageErrorKind.Spec, "IB6026", $"upper {number} {(stamp is null ? "has no valid stamp" : $"belongs to the stack {stamp.Stack}")}: it cannot lie over the stack {stack}");
        var others = record with { Kept = [.. record.Kept.Where(kept => kept != number)] };
        return state.Save(others.WithUpper(slot, number) with { Kept = Kept(others, record.UpperOf(slot)) });
    }

    /// <summary>An earlier upper is kept no longer; <see cref="Collect"/> deletes it.</summary>
    /// <exception cref="ImageException">IB6026: it is not kept; IB6010 to IB6012: the state record.</exception>
    public StateRecord Forget(uint number)
    {
        var record = Load();
        if (!record.Kept.Contains(number))
            throw new ImageException(ImageErrorKind.Spec, "IB6026", $"upper {number} is not kept");
        return state.Save(record with { Kept = [.. record.Kept.Where(kept => kept != number)] });
    }

    /// <summary>
    /// Makes an upper that the record does not name yet. Its number is taken first, in a write of its own: were it not, a later reset could come to
    /// the same number and find this folder there.
    /// </summary>
    private (StateRecord Record, uint Number) Prepare(StateRecord record, StackId stack, Action<string> fill)
    {
        var number = Math.Max(record.NextUpper, Highest() + 1);
        record = state.Save(record with { NextUpper = number + 1 });
        Make(number, stack, fill);
        return (record, number);
    }
}
