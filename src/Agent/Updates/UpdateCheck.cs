using System.Globalization;
using System.Text;
using ImageBuilder.Agent.Repositories;
using ImageBuilder.Formats;
using ImageBuilder.Linux;
using ImageBuilder.Update.Channels;
using ImageBuilder.Update.Repositories;
using ImageBuilder.Update.Signatures;
using ImageBuilder.Update.Slots;
using ImageBuilder.Update.Stacks;
using ImageBuilder.Update.State;

namespace ImageBuilder.Agent.Updates;

/// <summary>Looks at what a channel offers: nothing that a repository gives is believed before a signature or a digest is right.</summary>
internal static class UpdateCheck
{
    private const int MaxSignatures = 16;

    /// <summary>Reads the channel, notes what was accepted, and tells whether it is for this device.</summary>
    /// <exception cref="ImageException">
    /// IB6040 to IB6049: the document or the stack is not to be believed, is older than what was seen, or has expired. IB6130: the stack is of an earlier security epoch;
    /// IB6131: it is for other boards. IB6120 to IB6128: the repository.
    /// </exception>
    public static Offer Look(UpdateSession session)
    {
        session.Progress.Begin("check", $"asking {session.Repository.Name} for the channel '{session.Channel}'");
        var manifest = ReadListing(session);
        var (progress, walked, current) = Follow(session, manifest);
        var document = progress.Newest!;
        session.Store.Channels.Accept(session.Channel, walked, current);
        if (session.Record is var record && record.NewestTime < document.Created)
            record = session.Store.State.Save(record with { NewestTime = document.Created });

        if (document.Stack == session.RunningStack || document.Same.Contains(session.RunningStack))
            return new Offer(document, null, [], [], Verdict.UpToDate, "this system runs what the channel offers");
        var (bytes, signatures) = ReadStack(session, manifest, document.Stack);
        var stack = progress.ReadStack(bytes);
        RequireFitting(session, stack, record);
        var (verdict, why) = Judge(session, document, record);
        return new Offer(document, stack, bytes, signatures, verdict, why) { Listing = manifest, Trust = progress.Trust };
    }

    /// <summary>Reaches the repository and finds there what this system believes. Whether that is new, too old or for others is a question of the next update.</summary>
    /// <exception cref="ImageException">IB6040 to IB6044: the document is not to be believed. IB6120 to IB6128: the repository.</exception>
    public static void RequireBelieved(UpdateSession session)
    {
        try
        {
            Follow(session, ReadListing(session));
        }
        catch (ImageException error) when (ChannelProgress.IsOutOfDate(error))
        {
            // Signed by whom it trusts, and out of date: a mirror's or the clock's trouble, not this system's.
        }
    }

    /// <summary>Where the offered stack differs from earlier ones; null when the repository does not say.</summary>
    /// <exception cref="ImageException">IB6036, IB6041, IB6042, IB6144: it is not to be believed. IB6120 to IB6128: the repository.</exception>
    public static StackChanges? ReadChanges(UpdateSession session, Offer offer)
    {
        if (offer.Listing is not { } manifest || manifest.Of(BlobRole.Changes).FirstOrDefault()?.Blob is not { } blob)
            return null;
        var signed = Read(session, manifest, blob, StackChanges.MaxLength);
        offer.Trust!.RequireSigned("the channel's list of changed paths", signed.Bytes, signed.Signatures, session.Now);
        var changes = StackChanges.Parse(signed.Bytes);
        return changes.Stack == offer.Document.Stack ? changes
            : throw new ImageException(ImageErrorKind.Corrupt, "IB6144", $"the channel's list of changed paths is of the stack {changes.Stack}; expected {offer.Document.Stack}, which is offered");
    }

    private static RepositoryManifest ReadListing(UpdateSession session) => RepositoryManifest.Parse(session.Repository.ReadManifest(session.Channel, session.Cancel));

    private static (ChannelProgress Progress, IReadOnlyList<SignedBytes> Keys, SignedBytes Current) Follow(UpdateSession session, RepositoryManifest manifest)
    {
        var current = Read(session, manifest, manifest.Of(BlobRole.Channel).First().Blob);
        var earlier = manifest.Of(BlobRole.Keys).Take(ChannelProgress.MaxKeyDocuments).Select(keys => Read(session, manifest, keys.Blob)).ToList();
        var built = new ChannelTrust(session.Settings.Keys, session.Settings.Threshold);
        var (progress, keys) = session.Store.Channels.Load(session.Channel, built).Follow(earlier, current, session.Now);
        return (progress, keys, current);
    }

    private static (Verdict, string) Judge(UpdateSession session, ChannelDocument document, StateRecord record)
    {
        if (record.Quarantined == document.Stack)
            return (Verdict.Quarantined, $"it has failed here: {record.Reason}; a newer stack is waited for");
        var target = SlotSwitch.Target(record, session.Running);
        if (record.Of(target).Stack == document.Stack)
        {
            if (record.Phase is InstallPhase.Arming or InstallPhase.Armed)
                return (Verdict.Installed, $"it is installed in slot {target}, and tried at the next start (imageagent reboot)");
            // Somebody went back from it: a daemon must not undo that.
            if (record.Of(target).Status == SlotStatus.Good)
                return (Verdict.Installed, $"slot {target} has it (imageagent rollback starts it)");
        }
        if (document.Rollout >= 100)
            return (Verdict.Available, "it can be installed");
        var machine = KernelFile.TryRead($"{session.Device.Root.TrimEnd('/')}/etc/machine-id") is { Length: > 0 } id ? id : null;
        var number = machine is null ? 99 : Rollout.NumberOf(machine, document.Stack);
        return number < document.Rollout
            ? (Verdict.Available, string.Create(CultureInfo.InvariantCulture, $"it can be installed: {document.Rollout} % of the devices take it, this one among them"))
            : (Verdict.Waiting, string.Create(CultureInfo.InvariantCulture, $"{document.Rollout} % of the devices take it now; this one does from {number + 1} % on"));
    }

    private static void RequireFitting(UpdateSession session, StackManifest stack, StateRecord record)
    {
        if (stack.Epoch < record.Epoch)
            throw new ImageException(ImageErrorKind.Unsupported, "IB6130", $"{stack.Name} {stack.Version} is of the security epoch {stack.Epoch}; this device has run one of {record.Epoch}, and does not go back");
        if (stack.Compatible.Count > 0 && !stack.Compatible.Contains(session.Settings.Compatible))
            throw new ImageException(ImageErrorKind.Unsupported, "IB6131", $"{stack.Name} {stack.Version} is for {string.Join(", ", stack.Compatible)}; this device is {(session.Settings.Compatible.Length > 0 ? $"'{session.Settings.Compatible}'" : "no board of a name (`update: { compatible: … }` in its spec)")}");
    }

    private static (byte[] Manifest, IReadOnlyList<string> Signatures) ReadStack(UpdateSession session, RepositoryManifest manifest, StackId stack)
    {
        var blob = manifest.Of(BlobRole.Stack).FirstOrDefault(blob => blob.Blob.Sha256 == stack.ToString())?.Blob
            ?? throw new ImageException(ImageErrorKind.Corrupt, "IB6132", $"{session.Repository.Name} does not hold the stack {stack} that its channel document names; `imagebuilder verify` tells what else it lacks");
        RequireSmall(session, blob, StackManifest.MaxLength);
        return (session.Repository.ReadBlob(blob, session.Cancel), ReadSignatures(session, manifest, blob));
    }

    private static SignedBytes Read(UpdateSession session, RepositoryManifest manifest, StackBlob blob, int most = ChannelDocument.MaxLength)
    {
        RequireSmall(session, blob, most);
        return new SignedBytes(session.Repository.ReadBlob(blob, session.Cancel), [.. ReadSignatures(session, manifest, blob).Select(Signature.Parse)]);
    }

    private static List<string> ReadSignatures(UpdateSession session, RepositoryManifest manifest, StackBlob blob)
    {
        var texts = new List<string>();
        foreach (var signature in manifest.SignaturesOf(blob).Take(MaxSignatures))
        {
            RequireSmall(session, signature.Blob, Signature.MaxLength);
            texts.Add(Encoding.UTF8.GetString(session.Repository.ReadBlob(signature.Blob, session.Cancel)));
        }
        return texts;
    }

    private static void RequireSmall(UpdateSession session, StackBlob blob, int most)
    {
        if (blob.Size > most)
            throw new ImageException(ImageErrorKind.LimitExceeded, "IB6133", $"{session.Repository.Name} announces a document of {blob.Size} bytes ({blob.Sha256}); at most {most} are read");
    }
}
