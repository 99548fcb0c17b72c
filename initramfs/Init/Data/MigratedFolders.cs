using ImageBuilder.Linux.Files;
using ImageBuilder.Update.Data;

namespace ImageBuilder.Init;

/// <summary>What a trial has made of persisted folders is taken back when the trial is over, before they are mounted: an earlier version cannot read it.</summary>
internal static class MigratedFolders
{
    /// <summary>Before uppers are chosen: a reset would give the slot another number, and the copies would have no owner any more.</summary>
    public static void Run(Boot boot)
    {
        try
        {
            using var data = new FileTree(Paths.Data);
            foreach (var done in new MigrationCopies(data).Settle(boot.Record!, boot.Slot!.Value))
                boot.Decide("migrated", "settled", done);
        }
        catch (IOException error)
        {
            boot.Notice($"Data that another version has changed cannot be put back: {error.Message}.");
            boot.Fail($"copies of persisted folders cannot be put back: {error.Message}");
        }
    }
}
