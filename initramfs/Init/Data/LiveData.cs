using ImageBuilder.Formats;
using ImageBuilder.Linux;
using ImageBuilder.Linux.Blocks;
using ImageBuilder.Linux.CommandLines;
using ImageBuilder.Linux.Files;
using ImageBuilder.Update.Data;
using ImageBuilder.Update.Disks;
using ImageBuilder.Update.Stacks;
using ImageBuilder.Update.State;

namespace ImageBuilder.Init;

/// <summary>
/// Where a live medium keeps what is written: a partition that is there, or one that is made on request. Without one the system starts with an upper
/// in memory and says so: a stick that is used on many machines is no failure. What is there and damaged is one, and the image's policy decides.
/// </summary>
internal static class LiveData
{
    private const string Consequence = "What is written now stays in memory, and is gone after the next start.";

    public static void Run(Boot boot)
    {
        boot.DataFault = null;
        if (boot.KeepDevice is null && DataSearch.Find(boot) is { } found)
        {
            boot.KeepDevice = found.Path;
            Grow(boot, found);
        }
        if (boot.KeepDevice is null)
            MakeOrGoWithout(boot);
        if (boot.KeepDevice is null)
            return;
        DataPartition.Run(boot);
        if (boot.DataFault is null && boot.LiveStack is null)
            boot.DataFault = "the medium does not tell its stack, and nothing is mounted over what it may not belong to";
        if (boot.DataFault is not null)
            return;
        OpenState(boot, boot.LiveStack!.Id);
    }

    private static void MakeOrGoWithout(Boot boot)
    {
        if (boot.Options.Persistence != Persistence.Create)
            GoWithout(boot, $"There is no partition labelled {DataLayout.Label} or {DataSearch.UsersLabel}; the word ib.persist=create makes one in the free space of a stick");
        else if (PartitionMaker.WhyNot(boot.Medium!.Disk, boot.Options.IsoFile is not null, IsReadOnly(boot.Medium.Disk), PartitionMaker.Template(boot) is not null) is { } reason)
            GoWithout(boot, $"No partition was made: {reason}");
        else
            Make(boot);
    }

    private static void Make(Boot boot)
    {
        try
        {
            boot.KeepDevice = PartitionMaker.Make(boot);
        }
        catch (ImageException error) when (error.Kind is ImageErrorKind.Unsupported or ImageErrorKind.LimitExceeded) // no GPT, no room
        {
            GoWithout(boot, $"No partition was made: {error.Message}");
        }
        catch (Exception error) when (error is ImageException or IOException)
        {
            var fault = $"no partition could be made: {error.Message}";
            UpperPolicy.Apply(boot, fault, Consequence);
            boot.DataFault = fault;
            boot.Upper = UpperKind.Tmpfs;
        }
    }

    private static void GoWithout(Boot boot, string why)
    {
        boot.Notice($"{why}. {Consequence}");
        boot.Decide("keep", "nothing", why);
        boot.DataFault = why;
        boot.Upper = UpperKind.Tmpfs;
    }

    /// <summary>
    /// One that this program has made may have been cut off before it was as large as its partition, or before both copies of the table were written; or the
    /// stick was copied to a larger one.
    /// </summary>
    private static void Grow(Boot boot, BlockDevice device)
    {
        boot.DataLength = null;
        if (boot.Options.PersistentReadOnly || device.PartitionName != DataLayout.Label || device.Disk != boot.Medium!.Disk || IsReadOnly(device.Disk))
            return;
        try
        {
            using var disk = RawDevice.OpenShared($"/dev/{device.Disk}");
            var result = DiskGrowth.Apply(disk, DataLayout.Label, newGuid: null);
            foreach (var done in result.Done)
                boot.Decide("grow", $"/dev/{device.Disk}", done);
            if (device.Size != result.Length)
                BlockPartitions.Resize($"/dev/{device.Disk}", result.Number, result.Offset, result.Length);
            boot.DataLength = result.Length;
        }
        catch (Exception error) when (error is IOException or ImageException)
        {
            boot.Fail($"{device.Path} does not grow: {error.Message}");
        }
    }

    private static void OpenState(Boot boot, StackId stack)
    {
        var data = new FileTree(Paths.Data); // as long as this program
        (boot.State, boot.Slot, boot.StackId) = (new StateStore(new FileCopies(data)), Slot.A, stack);
        var reading = boot.State.Load();
        boot.Record = reading.Record;
        if (boot.Options.PersistentReadOnly)
            return;
        if (boot.Record is null && data.Find(DataLayout.Uppers) is null)
        {
            boot.Record = boot.State.Save(StateRecord.AsShipped(stack));
            boot.Decide("state-record", "new", $"nothing was kept on {boot.KeepDevice} yet");
            return;
        }
        foreach (var fault in reading.Faults.OfType<string>())
            boot.Log.Warning($"state record: {fault}");
        if (boot.Record is not null)
            TakeOwn(boot, new UpperStore(data, boot.State, boot.KeptUppers), boot.Record, stack);
    }

    /// <summary>Another medium was started from the same partition in between: this one gets its own upper back.</summary>
    private static void TakeOwn(Boot boot, UpperStore store, StateRecord record, StackId stack)
    {
        var upper = record.UpperOf(Slot.A);
        if (upper == 0 || store.StampOf(upper) is not { } stamp || stamp.Stack == stack)
            return;
        var own = record.Kept.FirstOrDefault(kept => store.StampOf(kept) == new UpperStamp(stack, kept));
        if (own == 0)
            return;
        boot.Record = store.Rollback(Slot.A, stack, own);
        boot.Decide("own-upper", $"{own}", $"upper {upper} belongs to the stack {stamp.Stack}, and is kept; {own} is this one's, and was kept");
    }

    private static bool IsReadOnly(string disk) => KernelFile.TryRead($"/sys/class/block/{disk}/ro")?.Trim() == "1";
}
