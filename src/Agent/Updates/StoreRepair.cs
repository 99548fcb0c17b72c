using ImageBuilder.Agent.Arguments;
using ImageBuilder.Agent.Verbs;
using ImageBuilder.Formats;
using ImageBuilder.Update.State;

namespace ImageBuilder.Agent.Updates;

/// <summary>Fetches damaged parts again, by their digests: no signature is needed for what is named by a digest that is trusted already.</summary>
internal static class StoreRepair
{
    /// <summary>Mends what can be mended.</summary>
    /// <param name="call">Where from.</param>
    /// <param name="interruption">Stops it.</param>
    /// <param name="damaged">What <see cref="StoreCheck"/> has found.</param>
    /// <returns>The parts that are right now; the others were told.</returns>
    /// <exception cref="ImageException">As <see cref="UpdateSession.Open"/>.</exception>
    public static IReadOnlyList<CheckedPart> Run(Call call, Interruption interruption, IReadOnlyList<CheckedPart> damaged)
    {
        using var session = CheckVerb.Open(call, interruption);
        using var factory = FactoryStack.TryOpen(session.Device, out _);
        List<CheckedPart> mended = [];
        foreach (var part in damaged.Where(part => part.Blob is not null))
        {
            session.Progress.Begin("repair", part.Name);
            try
            {
                if (part.Kind == PartKind.Layer)
                    Installation.Fetch(session, part.Blob!, bytes => session.Progress.Advance(bytes, part.Blob!.Size));
                else
                    Installation.WriteBootSet(session, part.Slot!.Value, part.Blob!, IsRightInOtherSlot(session, part));
                mended.Add(part);
            }
            catch (Exception error) when (error is ImageException or IOException)
            {
                session.Progress.Note($"{part.Name} cannot be mended: {error.Message}");
            }
        }
        // A layer of the factory stack that lies in the store now must have a stack there that names it, or the next collection takes it.
        if (factory is not null && mended.Exists(part => part.Kind == PartKind.Layer && factory.Has(part.Blob!)))
            session.Store.Layers.PutStack(factory.Manifest.ToBytes(), []);
        return mended;
    }

    private static bool IsRightInOtherSlot(UpdateSession session, CheckedPart part)
    {
        if (session.Device.Partition(BootSet.LabelOf(part.Slot == Slot.A ? Slot.B : Slot.A)) is not { } path)
            return false;
        try
        {
            using var other = Linux.Blocks.RawDevice.OpenToRead(path);
            return other.Length >= part.Blob!.Size && BootSet.Hash(other, part.Blob.Size) == part.Blob.Sha256;
        }
        catch (IOException)
        {
            return false;
        }
    }
}
