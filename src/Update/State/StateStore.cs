using ImageBuilder.Formats;

namespace ImageBuilder.Update.State;

/// <summary>
/// Reads and writes the state record, so that whatever happens during a write one valid copy is there: the one that counts is never touched, the
/// other is overwritten, brought to the device, and read back from there. One program at a time; a second one that writes in between is
/// noticed by the sequence.
/// </summary>
public sealed class StateStore(IStateCopies copies)
{
    /// <summary>Reads both copies. Never throws for what is wrong with one: that is a fault.</summary>
    public StateReading Load()
    {
        var found = ReadBoth();
        return new StateReading(Newest(found).Record, [.. found.Select(copy => copy.Fault)]);
    }

    /// <summary>Writes a record: the state is either the one before or this, whenever the power fails.</summary>
    /// <param name="record">A change of what <see cref="Load"/> gave, with its sequence.</param>
    /// <returns>The record as it is on the device, with the next sequence.</returns>
    /// <exception cref="ImageException">
    /// IB6010: it cannot be written, or is not what was read back; IB6011: another program has written a record since.
    /// After either the state is the one before, or this.
    /// </exception>
    public StateRecord Save(StateRecord record)
    {
        var found = ReadBoth();
        var newest = Newest(found);
        if ((newest.Record?.Sequence ?? 0) is var sequence && record.Sequence != sequence)
            throw new ImageException(ImageErrorKind.Io, "IB6011", $"the state record on the device has the sequence {sequence}; this change was made to {record.Sequence}: another program has changed it, try again");
        var target = newest.Record is null ? 0 : 1 - newest.Copy;
        var next = record with { Sequence = sequence + 1 };
        var place = new byte[IStateCopies.PlaceLength];
        next.ToBytes().CopyTo(place, 0);
        try
        {
            copies.Write(target, place);
            if (copies.Read(target) is not { } back || !back.AsSpan().SequenceEqual(place))
                throw new ImageException(ImageErrorKind.Io, "IB6010", $"{copies.Name(target)}: the device gives other bytes back than were written to it; do not rely on it any longer");
        }
        catch (IOException error)
        {
            throw new ImageException(ImageErrorKind.Io, "IB6010", $"{copies.Name(target)}: the state record cannot be written: {error.Message}", error);
        }
        return next;
    }

    /// <summary>
    /// The record that counts, after making sure that it is on the device and that the other copy names the same uppers and stacks: should damage take the newer
    /// copy, the older one leads to nothing that was deleted in between, and what is in use is not taken for garbage.
    /// </summary>
    /// <exception cref="ImageException">IB6010 as <see cref="Save"/>; IB6012: there is no valid record.</exception>
    public StateRecord Settle()
    {
        var found = ReadBoth();
        if (Newest(found).Record is not { } record)
            throw Missing();
        try
        {
            copies.Flush();
        }
        catch (IOException error)
        {
            throw new ImageException(ImageErrorKind.Io, "IB6010", $"the state record cannot be brought to the device: {error.Message}", error);
        }
        return Array.TrueForAll(found, copy => copy.Record is { } other && NameTheSame(other, record)) ? record : Save(record);
    }

    private static bool NameTheSame(StateRecord one, StateRecord other) =>
        one.NamedUppers.ToHashSet().SetEquals(other.NamedUppers) && one.NamedStacks.ToHashSet().SetEquals(other.NamedStacks);

    /// <summary>The error of those who cannot go on without a record.</summary>
    internal static ImageException Missing() => new(ImageErrorKind.Corrupt, "IB6012", "both copies of the state record are lost; the next boot makes a new one from the data partition");

    private (StateRecord? Record, string? Fault)[] ReadBoth()
    {
        var found = new (StateRecord?, string?)[IStateCopies.Count];
        for (var copy = 0; copy < found.Length; copy++)
        {
            StateRecord? record = null;
            string? fault;
            try
            {
                if (copies.Read(copy) is { } bytes)
                    record = StateRecord.TryParse(bytes, out fault);
                else
                    fault = "it is not there";
            }
            catch (IOException error)
            {
                fault = $"it cannot be read: {error.Message}";
            }
            found[copy] = (record, fault is null ? null : $"{copies.Name(copy)}: {fault}");
        }
        return found;
    }

    /// <summary>Of two copies with one sequence, as an image is made with, the first.</summary>
    private static (StateRecord? Record, int Copy) Newest((StateRecord? Record, string? Fault)[] found) =>
        found[0].Record is { } first && (found[1].Record is not { } second || first.Sequence >= second.Sequence) ? (first, 0) : (found[1].Record, 1);
}
