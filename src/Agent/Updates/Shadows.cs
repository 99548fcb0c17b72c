using ImageBuilder.Formats;
using ImageBuilder.Linux;
using ImageBuilder.Update.Carry;
using ImageBuilder.Update.Repositories;
using ImageBuilder.Update.State;

namespace ImageBuilder.Agent.Updates;

/// <summary>What is kept on the device at places where the new stack differs from the one that runs: it would hide what is new there.</summary>
/// <param name="Entries">The places; null when they cannot be told before the new layers are here.</param>
/// <param name="Why">With null: why not.</param>
internal sealed record Shadows(IReadOnlyList<ShadowedEntry>? Entries, string Why)
{
    /// <summary>Compares the upper with the channel's list of changed paths. Downloads no more than that list, and writes nothing.</summary>
    /// <exception cref="LinuxException">The kernel's reason: the upper or its layers cannot be read.</exception>
    public static Shadows Find(UpdateSession session, InstallPlan plan)
    {
        // What the first start carries over is the other slot's: src/Update/FORMAT.md, "What a new stack's upper begins with".
        var source = plan.Target == Slot.A ? Slot.B : Slot.A;
        var carried = session.Record.Of(source).Upper;
        if (session.Running != source || (carried != 0 && carried != session.Device.UpperNumber))
            return Unknown($"what is carried over are the changes of slot {source}, and it does not run");
        IReadOnlyDictionary<string, PathContent>? differing;
        try
        {
            if (UpdateCheck.ReadChanges(session, plan.Offer) is not { } changes)
                return Unknown("the repository has no list of changed paths");
            differing = changes.Since(session.RunningStack);
        }
        catch (ImageException error)
        {
            return Unknown($"{error.Id}: {error.Message}");
        }
        if (differing is null)
            return Unknown("the repository's list of changed paths does not go back to the stack that runs");
        var settings = session.Device.Settings!;
        var upper = carried == 0 ? [] : session.Device.FindChanges();
        return new Shadows(ShadowedEntries.Of(upper, session.Settings.Carry, settings.Persist, differing), "");
    }

    private static Shadows Unknown(string why) => new(null, why);
}
