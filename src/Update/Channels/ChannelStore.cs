using System.Globalization;
using System.Text;
using ImageBuilder.Formats;
using ImageBuilder.Linux.Files;
using ImageBuilder.Update.Data;

namespace ImageBuilder.Update.Channels;

/// <summary>
/// The channel documents that a device has accepted, each with its signatures in a folder that gets its name, the sequence, when it is whole:
/// /ib/channels/CHANNEL/SEQUENCE/{document.json,signature.N}. The newest stays, and every one that names keys. What is here was checked when it was accepted. One program at a time.
/// </summary>
/// <param name="data">The data partition.</param>
public sealed class ChannelStore(IFileTree data)
{
    private const string DocumentName = "document.json";
    private const string SignatureName = "signature.";

    /// <summary>How far this device has followed a channel.</summary>
    /// <param name="channel">Its name.</param>
    /// <param name="built">The keys that the image was built with: they count until an accepted document has named others.</param>
    /// <exception cref="ImageException">IB6029: it cannot be read.</exception>
    public ChannelProgress Load(string channel, ChannelTrust built)
    {
        var progress = new ChannelProgress(channel, built, 0, null);
        try
        {
            foreach (var sequence in Sequences(channel))
                if (Find(channel, sequence) is { } document)
                    progress = document.Keys is null ? progress with { Newest = document }
                        : progress with { Newest = document, Trust = progress.Trust.After(document), KeysSequence = sequence };
        }
        catch (IOException error)
        {
            throw LayerStore.Failed($"what was accepted of the channel '{channel}' cannot be read", error);
        }
        return progress;
    }

    /// <summary>Keeps what <see cref="ChannelProgress.Follow"/> came to, and lets go of what that replaces.</summary>
    /// <param name="channel">The channel.</param>
    /// <param name="keys">The documents with keys that led there, in their order.</param>
    /// <param name="newest">The newest one.</param>
    /// <exception cref="ImageException">IB6029: it cannot be kept.</exception>
    public void Accept(string channel, IReadOnlyList<SignedBytes> keys, SignedBytes newest)
    {
        try
        {
            foreach (var signed in keys)
                Put(channel, signed);
            Put(channel, newest);
            Tidy(channel);
        }
        catch (IOException error)
        {
            throw LayerStore.Failed($"what was accepted of the channel '{channel}' cannot be kept", error);
        }
    }

    private void Put(string channel, SignedBytes signed)
    {
        var sequence = ChannelDocument.Parse(signed.Bytes).Sequence;
        if (Find(channel, sequence) is not null)
            return;
        MakeFolders(channel);
        var (folder, unfinished) = (FolderOf(channel, sequence), $"{FolderOf(channel)}/{DataLayout.NewPrefix}{Text(sequence)}");
        // Damaged, or left by a cut.
        Delete(folder);
        Delete(unfinished);
        data.MakeFolder(unfinished);
        for (var i = 0; i < signed.Signatures.Count; i++)
            Write($"{unfinished}/{SignatureName}{Text((ulong)i)}", Encoding.UTF8.GetBytes(signed.Signatures[i].ToText()));
        Write($"{unfinished}/{DocumentName}", signed.Bytes);
        data.Sync(unfinished);
        data.Rename(unfinished, folder);
        data.Sync(FolderOf(channel));
    }

    private void Write(string path, ReadOnlySpan<byte> bytes)
    {
        data.Write(path, bytes);
        data.Sync(path);
    }

    /// <summary>Deletes documents that name no keys and are not the newest.</summary>
    private void Tidy(string channel)
    {
        foreach (var sequence in Sequences(channel)[..^1])
            if (Find(channel, sequence) is not { Keys: not null })
                Delete(FolderOf(channel, sequence));
    }

    // The document first: a folder without one is none.
    private void Delete(string folder)
    {
        if (data.Find(folder) is null)
            return;
        foreach (var name in data.List(folder))
            data.Remove($"{folder}/{name}");
        data.Remove(folder);
    }

    private List<ulong> Sequences(string channel)
    {
        var sequences = new List<ulong>();
        if (data.Find(FolderOf(channel)) is { IsFolder: true })
            foreach (var name in data.List(FolderOf(channel)))
                if (ulong.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var sequence) && Text(sequence) == name)
                    sequences.Add(sequence);
        sequences.Sort();
        return sequences;
    }

    /// <summary>A document; null when it is not there, or damaged.</summary>
    private ChannelDocument? Find(string channel, ulong sequence)
    {
        var path = $"{FolderOf(channel, sequence)}/{DocumentName}";
        if (data.Find(path) is not { Kind: FileKind.Regular, Length: <= ChannelDocument.MaxLength } file)
            return null;
        try
        {
            return ChannelDocument.Parse(data.Read(path, (int)file.Length)) is var document && document.Channel == channel && document.Sequence == sequence ? document : null;
        }
        catch (ImageException)
        {
            return null;
        }
    }

    private void MakeFolders(string channel)
    {
        foreach (var (parent, folder) in ((string, string)[])[("/", DataLayout.Root), (DataLayout.Root, DataLayout.Channels), (DataLayout.Channels, FolderOf(channel))])
            if (data.Find(folder) is null)
            {
                data.MakeFolder(folder);
                data.Sync(parent);
            }
    }

    private static string FolderOf(string channel) => $"{DataLayout.Channels}/{channel}";

    private static string FolderOf(string channel, ulong sequence) => $"{FolderOf(channel)}/{Text(sequence)}";

    private static string Text(ulong number) => number.ToString(CultureInfo.InvariantCulture);
}
