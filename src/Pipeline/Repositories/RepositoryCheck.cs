using System.Globalization;
using ImageBuilder.Formats;
using ImageBuilder.Formats.Trees;
using ImageBuilder.Pipeline.Running;
using ImageBuilder.Update.Channels;
using ImageBuilder.Update.Repositories;
using ImageBuilder.Update.Signatures;
using ImageBuilder.Update.Stacks;

namespace ImageBuilder.Pipeline.Repositories;

/// <summary>
/// `imagebuilder verify REPOSITORY`: reads every blob, and follows each channel as a device would that has only the given keys, from its first document to the current one.
/// </summary>
/// <param name="keys">The keys that images were built with; none: signatures are read, but nobody says whose they should be.</param>
/// <param name="threshold">How many of them must sign other keys.</param>
/// <param name="now">Seconds since 1970.</param>
/// <param name="reporter">Hears the step.</param>
public sealed class RepositoryCheck(IReadOnlyList<PublicKey> keys, int threshold, long now, IBuildReporter reporter)
{
    private readonly List<RepositoryFinding> findings = [];
    private readonly HashSet<string> named = new(StringComparer.Ordinal) { RepositoryManifest.Empty.Sha256 };
    private readonly HashSet<StackBlob> whole = [];

    /// <summary>Whether verify takes a path for a repository.</summary>
    public static bool IsRepository(string path) => RepositoryFolder.IsRepository(path);

    /// <summary>Checks a repository.</summary>
    /// <exception cref="ImageException">IB7211, IB7212: index.json cannot be read at all.</exception>
    public RepositoryReport Run(string path, CancellationToken cancel)
    {
        using var repository = RepositoryFolder.Open(path);
        var bytes = ReadBlobs(repository, cancel);
        if (!File.Exists(Path.Combine(path, RepositoryFolder.LayoutName)))
            Error($"{RepositoryFolder.LayoutName} is missing: no program takes the folder for an OCI image layout");
        if (repository.Channels.Count > 0 && !whole.Contains(RepositoryManifest.Empty))
            Error($"blob {RepositoryManifest.Empty.Sha256}, the empty configuration, is missing");
        var channels = new List<string>();
        foreach (var channel in repository.Channels.Keys)
            Guard($"channel {channel}", () => channels.Add(CheckChannel(repository, channel)));
        var unnamed = !Directory.Exists(repository.Blobs) ? [] : new DirectoryInfo(repository.Blobs).EnumerateFiles().Where(file => !named.Contains(file.Name)).ToList();
        if (unnamed.Count > 0)
            findings.Add(new RepositoryFinding(false, $"nothing names {unnamed.Count} {(unnamed.Count == 1 ? "blob" : "blobs")} of {ByteSize.Text(unnamed.Sum(file => file.Length))}, such as {unnamed.Min(file => file.Name)}: documents and stacks of earlier publications; `imagebuilder publish --keep N` deletes them"));
        return new RepositoryReport(channels, whole.Count, bytes, findings);
    }

    private long ReadBlobs(RepositoryFolder repository, CancellationToken cancel)
    {
        using var step = reporter.Begin("blobs");
        if (!Directory.Exists(repository.Blobs))
            return 0;
        var files = new DirectoryInfo(repository.Blobs).GetFiles().Where(file => StackId.IsHex(file.Name)).OrderBy(file => file.Name, StringComparer.Ordinal).ToList();
        var (done, total) = (0L, files.Sum(file => file.Length));
        foreach (var file in files)
        {
            cancel.ThrowIfCancellationRequested();
            Guard($"blob {file.Name}", () =>
            {
                using var handle = File.OpenHandle(file.FullName);
                var found = RepositoryFolder.DigestOf(Content.From(handle, 0, RandomAccess.GetLength(handle), file.FullName));
                if (found.Sha256 == file.Name)
                    whole.Add(found);
                else
                    Error($"blob {file.Name}: its digest is {found.Sha256}, it is damaged");
            });
            step.Progress(done += file.Length, total);
        }
        step.Complete(ByteSize.Text(total));
        return total;
    }

    private string CheckChannel(RepositoryFolder repository, string name)
    {
        var blob = repository.Channels[name];
        named.Add(blob.Sha256);
        Require(name, "its manifest", blob);
        var manifest = RepositoryManifest.Parse(repository.Read(blob, RepositoryManifest.MaxLength));
        foreach (var part in manifest.Blobs)
        {
            named.Add(part.Blob.Sha256);
            Require(name, $"a {part.Role.ToString().ToLowerInvariant()}", part.Blob);
            if (part.Signs is { } signs && !manifest.Blobs.Any(other => other.Blob.Sha256 == signs))
                Error($"channel {name}: signature {part.Blob.Sha256} is of {signs}, which the channel does not name");
        }
        var content = ChannelContent.Read(repository, name)!;
        foreach (var (stack, stackManifest) in content.Stacks)
            foreach (var part in stackManifest.Layers.Concat(stackManifest.Boot is { } boot ? [boot] : []))
                if (!manifest.Blobs.Any(other => other.Blob == part && other.Role is BlobRole.Layer or BlobRole.Boot))
                    Error($"channel {name}: stack {stack.Sha256} has a part {part.Sha256}, which the channel's manifest does not name: who copies the channel would not copy it");
        CheckSignatures(name, content);
        if (content.Document.Expires <= now)
            Error($"channel {name}: its document expired at {UtcTime.Format(content.Document.Expires)}; `imagebuilder publish --renew` renews it");
        return string.Create(CultureInfo.InvariantCulture, $"{name}: sequence {content.Document.Sequence}, stack {content.Stack.Name} {content.Stack.Version} of {content.Stack.Layers.Count} {(content.Stack.Layers.Count == 1 ? "layer" : "layers")}, {content.Stacks.Count - 1} earlier, until {UtcTime.Format(content.Document.Expires)}");
    }

    private void CheckSignatures(string name, ChannelContent content)
    {
        var document = content.Signed(content.Manifest.Of(BlobRole.Channel).Single().Blob);
        var earlier = content.KeyDocuments.Select(named => content.Signed(named.Blob)).ToList();
        var stacks = content.Stacks.Select(stack => (stack.Blob, Signed: content.Signed(stack.Blob))).ToList();
        var changes = content.Manifest.Of(BlobRole.Changes).Select(list => content.Signed(list.Blob, StackChanges.MaxLength)).ToList();
        foreach (var (what, signed) in stacks.Select(stack => ($"stack {stack.Blob.Sha256}", stack.Signed)).Prepend(("its document", document)).Concat(earlier.Select(signed => ("an earlier document with keys", signed))).Concat(changes.Select(signed => ("its list of changed paths", signed))))
            if (signed.Signatures.Count == 0)
                Error($"channel {name}: {what} is not signed");
        if (keys.Count == 0)
            return;
        var trust = new ChannelTrust([.. keys.Select(key => new TrustedKey(key, null))], threshold);
        // Expiry is told of its own; here counts who signed.
        var time = Math.Min(now, content.Document.Expires - 1);
        var (progress, walked) = new ChannelProgress(name, trust, 0, null).Follow(earlier, document, time);
        var trusts = walked.Select(signed => ChannelDocument.Parse(signed.Bytes)).Select(naming => new ChannelTrust(naming.Keys!, naming.Threshold)).Prepend(trust).Append(progress.Trust).ToList();
        foreach (var (stack, signed) in stacks)
            if (!trusts.Exists(trusted => IsSigned(trusted, signed, time)))
                Error($"channel {name}: no key of the channel has signed stack {stack.Sha256}");
        if (changes.Exists(signed => !trusts.Exists(trusted => IsSigned(trusted, signed, time))))
            Error($"channel {name}: no key of the channel has signed its list of changed paths");
    }

    private static bool IsSigned(ChannelTrust trust, SignedBytes signed, long time)
    {
        try
        {
            trust.RequireSigned("document", signed.Bytes, signed.Signatures, time);
            return true;
        }
        catch (ImageException)
        {
            return false;
        }
    }

    private void Require(string channel, string what, StackBlob blob)
    {
        if (!whole.Contains(blob))
            Error($"channel {channel}: {what}, blob {blob.Sha256} of {blob.Size} bytes, is missing, damaged or of another size");
    }

    private void Guard(string what, Action check)
    {
        try
        {
            check();
        }
        catch (ImageException error)
        {
            Error($"{what}: {error.Id}: {error.Message}");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            Error($"{what}: it cannot be read: {error.Message}");
        }
    }

    private void Error(string text) => findings.Add(new RepositoryFinding(true, text));
}
