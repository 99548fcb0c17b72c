using ImageBuilder.Formats;
using ImageBuilder.Linux.Files;
using ImageBuilder.Linux.Mounts;
using ImageBuilder.Update;
using ImageBuilder.Update.Carry;
using ImageBuilder.Update.Data;
using ImageBuilder.Update.Stacks;
using ImageBuilder.Update.State;

namespace ImageBuilder.Init;

/// <summary>
/// At the first trial of a new stack: what was changed over the old one is merged into the upper that is made. Here and not by the agent, so that what
/// changed between the installation and the restart is not lost.
/// </summary>
internal static class CarriedChanges
{
    /// <summary>Opens the slot's upper; a stack's first one with what was changed over the other slot's stack.</summary>
    /// <exception cref="ImageException">As <see cref="UpperStore.Open"/>.</exception>
    public static UpperChoice Open(Boot boot, UpperStore store)
    {
        var slot = boot.Slot!.Value;
        if (SourceOf(boot.Record!, slot) is not { } old)
            return store.Open(slot, boot.StackId);
        // What goes wrong here ends the trial: a version without the device's own settings would pass for healthy, and be kept.
        CarryReport? report = null;
        var choice = store.Open(slot, boot.StackId, folder => report = Fill(boot, store, old, folder));
        Tell(boot, report!);
        return choice;
    }

    /// <summary>The slot whose changes a boot carries over; null when it carries none.</summary>
    internal static SlotState? SourceOf(StateRecord record, Slot slot) =>
        slot != Slot.Factory && record.Of(slot) is { Status: SlotStatus.Trial, Upper: 0 } && record.Of(slot == Slot.A ? Slot.B : Slot.A) is { Upper: not 0 } other ? other : null;

    private static IReadOnlyList<string> Folders(Boot boot) => (boot.Settings.Update ?? new UpdateSettings()).Carry;

    private static void Tell(Boot boot, CarryReport report)
    {
        File.WriteAllBytes(DevicePaths.CarryReport, report.ToBytes());
        boot.Decide("carry", $"{report.Kept.Count} kept, {report.Vendor.Count} the new version's, {report.Conflicts.Count} conflicts", $"first trial of this stack: {string.Join(", ", Folders(boot))}");
        foreach (var conflict in report.Conflicts)
            boot.Log.Info($"carry: {conflict.Path}: {conflict.What}");
        if (report.Conflicts.Count > 0)
            boot.Notice($"{report.Conflicts.Count} changes met changes of the new version: imageagent status lists them.");
    }

    private static CarryReport Fill(Boot boot, UpperStore store, SlotState old, string folder)
    {
        if (store.StampOf(old.Upper) != new UpperStamp(old.Stack, old.Upper))
            throw new IOException($"upper {old.Upper} does not belong to the stack {old.Stack}");
        var mounted = new List<string>();
        try
        {
            var upper = $"{DataLayout.Upper(old.Upper)}/{DataLayout.UpperName}";
            var layers = Layers(boot, old.Stack, mounted);
            Show(boot, layers, "before", mounted);
            Show(boot, [Paths.Data + upper, .. layers], "mine", mounted);
            Show(boot, boot.Layers, "theirs", mounted);
            using var files = new FileTree(Paths.Run);
            var data = Paths.Data[Paths.Run.Length..];
            var carry = Paths.Carry[Paths.Run.Length..];
            return CarryMerge.Run(files, new CarryTrees($"{carry}/before", $"{carry}/mine", $"{carry}/theirs", data + folder, data + upper), Folders(boot));
        }
        catch (BootException error)
        {
            throw new IOException(error.Message, error);
        }
        finally
        {
            mounted.Reverse();
            foreach (var target in mounted)
                Mount.Detach(target, lazy: true);
        }
    }

    private static List<string> Layers(Boot boot, StackId stack, List<string> mounted)
    {
        var layers = new List<string>();
        foreach (var place in LayerMounts.PlacesOf(boot, stack))
        {
            layers.Add(LayerMounts.MountOne(boot, place, $"{Paths.Carry}/{layers.Count}"));
            mounted.Add(layers[^1]);
        }
        return layers;
    }

    /// <summary>One layer alone is an overlay too: all three views then show attributes alike.</summary>
    private static void Show(Boot boot, IReadOnlyList<string> layers, string name, List<string> mounted)
    {
        if (!boot.Modules!.LoadAsync("overlay").Result)
            boot.Log.Debug("module overlay is not in the initramfs; the kernel may have it built in");
        var (target, empty) = ($"{Paths.Carry}/{name}", $"{Paths.Carry}/empty");
        Directory.CreateDirectory(target);
        Directory.CreateDirectory(empty);
        new Overlay(layers.Count > 1 ? layers : [.. layers, empty]) { UnifiesInodes = true }.MountAt(target);
        mounted.Add(target);
    }
}
