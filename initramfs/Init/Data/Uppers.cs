using ImageBuilder.Formats;
using ImageBuilder.Linux.CommandLines;
using ImageBuilder.Linux.Files;
using ImageBuilder.Linux.Mounts;
using ImageBuilder.Update.Data;
using ImageBuilder.Update.State;

namespace ImageBuilder.Init;

/// <summary>What can be written to above the layers: a folder of the data partition, memory, or nothing.</summary>
internal static class Uppers
{
    private static readonly TimeSpan TrashBudget = TimeSpan.FromSeconds(3);

    public static void Run(Boot boot)
    {
        boot.UpperNumber = null;
        var kind = boot.Upper;
        var why = boot.Disk is null && boot.DataFault is { } without ? without
            : boot.Options.Upper is not null || boot.Options.Persistence == Persistence.Never ? "kernel command line" : boot.HasSettings ? "the image's settings" : "default";
        if (boot.Options.PersistentReadOnly && kind == UpperKind.Persistent && boot.DataFault is null)
            (kind, why) = (UpperKind.Tmpfs, ShownUpper.Put(boot));
        else if (boot.Slot is not null && boot.DataFault is null)
            why = TryOpen(boot, why);
        if (boot.DataFault is { } fault && NeedsData(boot))
        {
            UpperPolicy.Apply(boot, fault, kind == UpperKind.Persistent
                ? "What is written now stays in memory, and is gone after the next start." : "Folders that are to outlive a start do not.");
            if (kind == UpperKind.Persistent)
                (kind, why) = (UpperKind.Tmpfs, fault);
        }
        boot.Upper = kind;
        switch (kind)
        {
            case UpperKind.Persistent:
                boot.UpperFolder = $"{Paths.Data}{DataLayout.Upper(boot.UpperNumber!.Value)}";
                UpperLimit.Set(boot);
                break;
            case UpperKind.Tmpfs:
                MountMemory(boot);
                break;
            default:
                boot.UpperFolder = null;
                break;
        }
        var number = kind == UpperKind.Persistent ? boot.UpperNumber : null;
        boot.Timeline.SetObject("upper", ("kind", NameOf(kind)), ("number", number), ("size", kind == UpperKind.Tmpfs ? boot.UpperSize : null), ("why", why));
        boot.Decide("upper", number is null ? kind == UpperKind.Tmpfs ? $"tmpfs {boot.UpperSize}" : "none" : $"persistent {number}", why);
    }

    /// <summary>Whether something that the image wants cannot be had without a data partition.</summary>
    internal static bool NeedsData(Boot boot) =>
        boot.Upper == UpperKind.Persistent || (boot.Disk is not null && (boot.Settings.Persist.Count > 0 || (boot.Upper == UpperKind.None && boot.Settings.Writable.Count > 0)));

    internal static string NameOf(UpperKind kind) => kind switch { UpperKind.Persistent => "persistent", UpperKind.Tmpfs => "tmpfs", _ => "none" };

    /// <summary>Opens the slot's upper on the data partition, after a reset when one is asked for; the reason for the choice. What goes wrong is the partition's fault.</summary>
    private static string TryOpen(Boot boot, string why)
    {
        try
        {
            if (boot.State is null)
                throw new IOException("there is no place for the state record");
            using var data = new FileTree(Paths.Data);
            var store = new UpperStore(data, boot.State, boot.KeptUppers);
            if (boot.Record is null)
                Rebuild(boot, store);
            Reset(boot, store);
            // With an upper in memory nothing is opened: no folder is made that nobody asked for.
            if (boot.Upper != UpperKind.Tmpfs || boot.Record!.ForgetIdentity)
                why = Open(boot, data, store, why);
            Collect(boot, store);
        }
        catch (Exception error) when (error is IOException or ImageException)
        {
            boot.DataFault = $"the upper cannot be had: {error.Message}";
        }
        return why;
    }

    private static void Rebuild(Boot boot, UpperStore store)
    {
        // Of a live medium, the medium's own.
        if ((boot.Disk is null ? boot.StackId : boot.Factory?.Manifest.Id) is not { } stack)
            throw new IOException("the state record is lost, and the factory stack cannot be read");
        (boot.Record, var said) = store.Rebuild(stack);
        boot.Notice($"The state record was lost and made anew: {string.Join("; ", said)}.");
        boot.Decide("state-record", "made anew", string.Join("; ", said));
    }

    private static void Reset(Boot boot, UpperStore store)
    {
        if (!boot.Options.Reset)
            return;
        if (boot.Options.ResetToken is { } token && !ResetToken.IsNew(boot.Record!, token))
        {
            boot.Decide("reset", "no", "ib.reset= has this token since an earlier start: it was followed then");
            return;
        }
        boot.Record = store.Reset(boot.Slot!.Value, boot.StackId, [], token: boot.Options.ResetToken);
        boot.Decide("reset", "yes", boot.Options.ResetToken is null ? "ib.reset" : "ib.reset= with a new token");
        boot.Log.Show($"imagebuilder: the system starts over from its factory state: upper {boot.Record.UpperOf(boot.Slot.Value)} is new.");
    }

    private static string Open(Boot boot, FileTree data, UpperStore store, string why)
    {
        var choice = CarriedChanges.Open(boot, store);
        boot.Record = choice.Record;
        if (choice.Origin != UpperOrigin.Existing) // the overlay's root looks like the upper's
            File.SetUnixFileMode($"{Paths.Data}{choice.Folder}/{DataLayout.UpperName}", File.GetUnixFileMode(boot.Layers[0]));
        if (choice.Origin == UpperOrigin.OtherStack)
            boot.Notice($"{choice.Why}.");
        if (boot.Upper == UpperKind.Tmpfs)
            return why;
        boot.UpperNumber = choice.Number;
        return boot.Upper == UpperKind.Persistent ? choice.Why : why;
    }

    // After the upper is chosen: what is deleted then is named by nothing. What there is no time for now goes at the next start, or by the agent.
    private static void Collect(Boot boot, UpperStore store)
    {
        try
        {
            var result = store.Collect(TrashBudget);
            if (result.Uppers.Count + result.Deleted > 0)
                boot.Decide("trash", result.IsComplete ? "empty" : "goes on at the next start", $"{string.Join(", ", result.Uppers)}{(result.Uppers.Count > 0 ? " put aside; " : "")}{result.Deleted} files deleted");
            foreach (var failure in result.Failures)
                boot.Log.Warning($"trash: {failure}");
        }
        catch (ImageException error)
        {
            boot.Log.Warning($"trash: {error.Message}");
        }
    }

    private static void MountMemory(Boot boot)
    {
        // An attempt that failed later may have left one.
        if (MountInfo.Read().Any(mount => mount.Target == Paths.Upper))
            Mount.Detach(Paths.Upper);
        Mount.Attach("tmpfs", Paths.Upper, "tmpfs", MountFlags.None, $"mode=700,size={boot.UpperSize}");
        boot.UpperFolder = Paths.Upper;
        var upper = Directory.CreateDirectory($"{Paths.Upper}/{DataLayout.UpperName}").FullName;
        Directory.CreateDirectory($"{Paths.Upper}/{DataLayout.WorkName}");
        // The overlay's root looks like the upper's.
        File.SetUnixFileMode(upper, File.GetUnixFileMode(boot.Layers[0]));
    }
}
