using ImageBuilder.Formats;
using ImageBuilder.Linux.Files;
using ImageBuilder.Update.Stacks;
using ImageBuilder.Update.State;

namespace ImageBuilder.Update.Data;

/// <summary>
/// The uppers of a data partition: chosen for a boot, reset, copied, brought back, collected. The state record decides which upper counts, and each
/// change ends with one write of it: cut anywhere before, and everything is as it was; what was prepared is garbage for <see cref="Collect"/>.
/// An upper is mounted over the stack that its stamp names, and never over another. One program at a time.
/// </summary>
/// <param name="data">The data partition's file system.</param>
/// <param name="state">The state record.</param>
/// <param name="keep">Earlier uppers to keep at most. One that was displaced without being asked for is always kept.</param>
public sealed partial class UpperStore(IFileTree data, StateStore state, int keep = 1)
{
    private const int FolderMode = 0b111_101_101;
    private const int PrivateMode = 0b111_000_000;

    /// <summary>
    /// The upper for a boot, made when it is not there. Follows what a reset has left to be done. To be called before <see cref="Collect"/>, once
    /// per boot.
    /// </summary>
    /// <param name="slot">What is booted.</param>
    /// <param name="stack">Its stack. On a stick the medium decides: the slot in the record follows.</param>
    /// <param name="fill">Fills the slot's first upper, given as a folder of the data partition, before it has a name; null for an empty one.</param>
    /// <exception cref="ImageException">IB6010 to IB6012: the state record; IB6020: the upper cannot be made, or the data partition not be read.</exception>
    public UpperChoice Open(Slot slot, StackId stack, Action<string>? fill = null)
    {
        UpperChoice? choice = null;
        Guard("the data partition cannot be used", () => choice = Choose(slot, stack, fill));
        return choice!;
    }

    private UpperChoice Choose(Slot slot, StackId stack, Action<string>? fill)
    {
        var record = ForgetIdentity(Load());
        if (slot != Slot.Factory && record.Of(slot).Stack != stack)
            record = record.With(slot, record.Of(slot) with { Stack = stack });
        var number = record.UpperOf(slot);
        var origin = UpperOrigin.Existing;
        var why = $"upper {number} belongs to this stack";
        if (number == 0 && fill is not null)
        {
            // Named when it is whole: a cut before that, and the next boot fills one again.
            (record, number) = Prepare(record, stack, folder =>
            {
                data.MakeFolder($"{folder}/{DataLayout.UpperName}", FolderMode);
                fill($"{folder}/{DataLayout.UpperName}");
            });
            return new UpperChoice(state.Save(record.WithUpper(slot, number)), number, UpperOrigin.First, $"upper {number} is the first of slot {slot}, with what was carried over");
        }
        if (number == 0)
        {
            (record, number) = Take(record, slot);
            (origin, why) = (UpperOrigin.First, $"upper {number} is the first of slot {slot}");
        }
        else if (data.Find(DataLayout.Upper(number)) is null)
        {
            (origin, why) = (UpperOrigin.MadeAnew, $"upper {number} was not there, and is empty now");
        }
        else if (StampOf(number) is var stamp && stamp != new UpperStamp(stack, number))
        {
            var reason = stamp is null ? "has no valid stamp" : $"belongs to the stack {stamp.Stack}";
            var displaced = number;
            (record, number) = Take(record with { Kept = Kept(record, displaced) }, slot);
            (origin, why) = (UpperOrigin.OtherStack, $"upper {displaced} {reason}, and is kept; upper {number} is empty");
        }
        record = SaveChanged(record);
        if (data.Find(DataLayout.Upper(number)) is null)
            Make(number, stack, null);
        return new UpperChoice(record, number, origin, why);
    }

    /// <summary>The uppers that are there, and what they are, by number.</summary>
    /// <exception cref="ImageException">IB6012: there is no valid record.</exception>
    public IReadOnlyList<UpperInfo> List()
    {
        var record = Load();
        var named = record.NamedUppers.ToHashSet();
        return [.. Numbers().Order().Select(number => new UpperInfo(number, StampOf(number), record.Kept.Contains(number), named.Contains(number)))];
    }

    /// <summary>What an upper belongs to; null when it is not there, or its stamp is damaged.</summary>
    public UpperStamp? StampOf(uint number) => UpperStamp.Find(data, number);

    /// <summary>
    /// A record from what the data partition holds, when both copies of the old one are lost: both slots are the factory stack, the newest upper
    /// made for it is slot A's, and the newest of the others are kept.
    /// </summary>
    /// <param name="factory">The stack that the image was shipped with; on a stick, the medium's.</param>
    /// <returns>The record as it is on the device, and what was made of which upper, in words.</returns>
    /// <exception cref="ImageException">IB6013: there is a record; IB6010: it cannot be written; IB6020: the data partition does not take folders.</exception>
    public (StateRecord Record, IReadOnlyList<string> Said) Rebuild(StackId factory)
    {
        if (state.Load().Record is not null)
            throw new ImageException(ImageErrorKind.Spec, "IB6013", "there is a valid state record: a new one is only made when both copies are lost");
        Guard("the data partition cannot be used", MakeFolders);
        var uppers = Numbers().OrderDescending().ToList();
        var adopted = uppers.FirstOrDefault(number => StampOf(number) == new UpperStamp(factory, number));
        var kept = uppers.Where(number => number != adopted).Take(StateRecord.KeptLength).ToList();
        var record = StateRecord.AsShipped(factory).WithUpper(Slot.A, adopted) with { NextUpper = Highest() + 1, Kept = kept };
        var said = new List<string> { "the state record is new: both slots are the factory stack" };
        if (adopted != 0)
            said.Add($"upper {adopted}, the newest of the factory stack, is slot A's");
        if (kept.Count > 0)
            said.Add($"kept for a rollback: {string.Join(", ", kept)}");
        if (uppers.Where(number => number != adopted).Skip(StateRecord.KeptLength).ToList() is { Count: > 0 } lost)
            said.Add($"no room in the record for the older uppers {string.Join(", ", lost)}: they are deleted");
        return (state.Save(record), said);
    }

    private StateRecord Load() => state.Load().Record ?? throw StateStore.Missing();

    private StateRecord SaveChanged(StateRecord record) => record.ToBytes().AsSpan().SequenceEqual(Load().ToBytes()) ? record : state.Save(record);

    /// <summary>Gives a slot a number that nothing has had.</summary>
    private (StateRecord Record, uint Number) Take(StateRecord record, Slot slot)
    {
        var number = Math.Max(record.NextUpper, Highest() + 1);
        return (record.WithUpper(slot, number) with { NextUpper = number + 1 }, number);
    }

    /// <summary>The kept uppers with one more, the newest first; the oldest fall out.</summary>
    private List<uint> Kept(StateRecord record, uint number) =>
        number == 0 ? [.. record.Kept] : [.. record.Kept.Where(kept => kept != number).Prepend(number).Take(Math.Clamp(keep, 1, StateRecord.KeptLength))];

    /// <summary>Numbers of the uppers that are whole.</summary>
    private IEnumerable<uint> Numbers() =>
        data.Find(DataLayout.Uppers) is null ? [] : data.List(DataLayout.Uppers).Select(DataLayout.NumberOf).OfType<uint>();

    /// <summary>The highest number that any folder has, one that is unfinished or in the trash too; 0 without.</summary>
    private uint Highest()
    {
        var names = new[] { DataLayout.Uppers, DataLayout.Trash }.Where(folder => data.Find(folder) is not null).SelectMany(data.List);
        return names.Select(name => DataLayout.NumberOf(name.Replace(DataLayout.NewPrefix, "", StringComparison.Ordinal).Split('.')[0]) ?? 0).DefaultIfEmpty().Max();
    }

    /// <summary>Makes an upper under another name, brings it to the device whole, and gives it its name then.</summary>
    private void Make(uint number, StackId stack, Action<string>? fill)
    {
        try
        {
            Guard($"upper {number} cannot be made", () => TryMake(number, stack, fill));
        }
        catch (ImageException)
        {
            DiscardUnfinished(number);
            throw;
        }
    }

    /// <summary>What the file system does not do becomes the one error that callers expect.</summary>
    private static void Guard(string what, Action work)
    {
        try
        {
            work();
        }
        catch (IOException error)
        {
            throw new ImageException(ImageErrorKind.Io, "IB6020", $"{what}: {error.Message}", error);
        }
    }

    private void TryMake(uint number, StackId stack, Action<string>? fill)
    {
        var folder = DataLayout.NewUpper(number);
        MakeFolders();
        if (data.Find(folder) is not null)
            Discard(folder);
        data.MakeFolder(folder, FolderMode);
        // First of all: what is renamed between folders of different projects, as overlayfs does from work to upper, gives EXDEV.
        data.SetProject(folder, number);
        data.MakeFolder($"{folder}/{DataLayout.WorkName}", PrivateMode);
        data.MakeFolder($"{folder}/{DataLayout.AreasName}", FolderMode);
        if (fill is null)
            data.MakeFolder($"{folder}/{DataLayout.UpperName}", FolderMode);
        else
            fill(folder);
        data.Write($"{folder}/{DataLayout.StampName}", new UpperStamp(stack, number).ToBytes());
        data.SyncAll();
        data.Rename(folder, DataLayout.Upper(number));
        data.Sync(DataLayout.Uppers);
    }

    private void MakeFolders()
    {
        foreach (var folder in (string[])[DataLayout.Root, DataLayout.Uppers, DataLayout.Trash])
            if (data.Find(folder) is null)
            {
                data.MakeFolder(folder, folder == DataLayout.Trash ? PrivateMode : FolderMode);
                data.Sync(folder == DataLayout.Root ? "/" : DataLayout.Root);
            }
    }

    /// <summary>A new identity is made by the boot that finds none; the old one leaves before the record says that it has left.</summary>
    private StateRecord ForgetIdentity(StateRecord record)
    {
        if (!record.ForgetIdentity)
            return record;
        Guard("the old identity cannot be put aside", () =>
        {
            if (data.Find(DataLayout.Identity) is null)
                return;
            MakeFolders();
            Discard(DataLayout.Identity);
        });
        return state.Save(record with { ForgetIdentity = false });
    }
}
