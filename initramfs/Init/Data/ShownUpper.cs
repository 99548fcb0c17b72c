using ImageBuilder.Linux.Files;
using ImageBuilder.Update.Data;

namespace ImageBuilder.Init;

/// <summary>`ib.persist.readonly`: what was kept lies under an upper in memory as one more layer. The data partition is mounted read-only, and nothing in it changes.</summary>
internal static class ShownUpper
{
    /// <summary>Puts the slot's upper on top of the layers, when there is one; in words, what is shown.</summary>
    public static string Put(Boot boot)
    {
        if (boot.Options.Reset)
            boot.Decide("reset", "no", "ib.persist.readonly: nothing that was kept changes");
        var number = boot.Slot is { } slot ? boot.Record?.UpperOf(slot) ?? 0 : 0;
        using var data = new FileTree(Paths.Data);
        var stamp = number == 0 || boot.State is null ? null : new UpperStore(data, boot.State).StampOf(number);
        if (stamp != new UpperStamp(boot.StackId, number))
            return "ib.persist.readonly, and nothing was kept over this stack yet";
        var folder = $"{Paths.Data}{DataLayout.Upper(number)}/{DataLayout.UpperName}";
        if (boot.Layers[0] != folder) // an attempt that failed later has put it there
            boot.Layers = [folder, .. boot.Layers];
        return $"ib.persist.readonly: upper {number} is shown, and nothing new is kept";
    }
}
