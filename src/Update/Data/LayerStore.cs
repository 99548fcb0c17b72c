using ImageBuilder.Formats;
using ImageBuilder.Linux;
using ImageBuilder.Linux.Blocks;
using ImageBuilder.Linux.Files;
using ImageBuilder.Update.Stacks;

namespace ImageBuilder.Update.Data;

/// <summary>
/// The store that both slots share: layers by digest and stack manifests by id (<see cref="DataLayout"/>). An object gets its name when it was read back from the device and its
/// digest is right; it never changes then. One program at a time.
/// </summary>
public sealed partial class LayerStore(IFileTree data)
{
    private const int PartLength = 1 << 20;
    private const string Extension = ".squashfs";

    /// <summary>Whether a layer is there with its length. Its content was right when it was named; <see cref="Check"/> looks again.</summary>
    public bool Has(StackBlob layer) => data.Find(Path(layer)) is { Kind: FileKind.Regular } file && file.Length == layer.Size;

    /// <summary>Bytes of a layer that an earlier attempt has left.</summary>
    public long PartOf(StackBlob layer)
    {
        if (data.Find(PartialPath(layer.Sha256)) is not { Kind: FileKind.Regular })
            return 0;
        using var partial = new PartialLayer(data, layer, PartialPath(layer.Sha256), Path(layer));
        return partial.Length;
    }

    /// <summary>A layer to be filled; goes on where a cut has ended an earlier attempt.</summary>
    /// <exception cref="ImageException">IB6029: the file system does not take it.</exception>
    public PartialLayer Begin(StackBlob layer)
    {
        var path = PartialPath(layer.Sha256);
        try
        {
            MakeFolder(DataLayout.Layers);
            if (data.Find(path) is { } left && (left.Kind != FileKind.Regular || left.Length > layer.Size))
                data.Remove(path);
            if (data.Find(path) is null)
            {
                data.Write(path, []);
                data.Sync(DataLayout.Layers);
            }
            return new PartialLayer(data, layer, path, Path(layer));
        }
        catch (IOException error)
        {
            throw Failed($"layer {layer.Sha256} cannot be begun", error);
        }
    }

    /// <summary>Keeps a stack manifest and its signatures.</summary>
    /// <exception cref="ImageException">IB6029: the file system does not take them.</exception>
    public void PutStack(byte[] manifest, IReadOnlyList<string> signatures)
    {
        var id = StackManifest.IdOf(manifest);
        if (FindStack(id) is not null)
            return;
        try
        {
            MakeFolder(DataLayout.Stacks);
            // The manifest last: where it is, its signatures are.
            for (var i = 0; i < signatures.Count; i++)
                Put($"{StackPath(id)}{Signatures.Signature.Extension}.{i}", System.Text.Encoding.UTF8.GetBytes(signatures[i]));
            Put(StackPath(id), manifest);
        }
        catch (IOException error)
        {
            throw Failed($"the manifest of stack {id} cannot be kept", error);
        }
    }

    /// <summary>A stack manifest; null when it is not there, or damaged.</summary>
    public StackManifest? FindStack(StackId id)
    {
        try
        {
            if (data.Find(StackPath(id)) is not { Kind: FileKind.Regular, Length: <= StackManifest.MaxLength } file)
                return null;
            var bytes = data.Read(StackPath(id), (int)file.Length);
            return StackManifest.IdOf(bytes) == id ? StackManifest.Parse(bytes) : null;
        }
        catch (Exception error) when (error is IOException or ImageException)
        {
            return null;
        }
    }

    /// <summary>Reads a layer from the device: null when its digest is right, else what is wrong.</summary>
    public string? Check(StackBlob layer)
    {
        try
        {
            if (data.Find(Path(layer)) is not { Kind: FileKind.Regular } file)
                return "it is not there";
            if (file.Length != layer.Size)
                return $"it has {file.Length} bytes instead of {layer.Size}";
            return Hash(data, Path(layer), layer.Size) is var digest && digest != layer.Sha256 ? $"its digest is {digest}" : null;
        }
        catch (IOException error)
        {
            return $"it cannot be read: {error.Message}";
        }
    }

    /// <summary>The digest of a file as it is on the device.</summary>
    internal static string Hash(IFileTree data, string path, long length)
    {
        var hash = new Sha256();
        using var buffer = new AlignedBuffer(PartLength);
        for (long at = 0; at < length;)
        {
            var read = Math.Min(data.ReadAt(path, at, buffer.Span, pastCache: true), length - at);
            if (read == 0)
                throw new IOException($"{path} ends at byte {at} instead of {length}");
            hash.Append(buffer.Span[..(int)read]);
            at += read;
        }
        return hash.Finish();
    }

    internal static ImageException Failed(string what, IOException error) => new(ImageErrorKind.Io, "IB6029", $"{what}: {error.Message}", error);

    private static string Path(StackBlob layer) => $"{DataLayout.Layers}/{layer.Sha256}{Extension}";

    private static string PartialPath(string sha256) => $"{DataLayout.Layers}/{DataLayout.NewPrefix}{sha256}";

    private static string StackPath(StackId id) => $"{DataLayout.Stacks}/{id}{StackExtension}";

    private void MakeFolder(string folder)
    {
        foreach (var path in (string[])[DataLayout.Root, folder])
            if (data.Find(path) is null)
            {
                data.MakeFolder(path);
                data.Sync(path == DataLayout.Root ? "/" : DataLayout.Root);
            }
    }

    private void Put(string path, ReadOnlySpan<byte> bytes) => WholeFile.Put(data, path, bytes);
}
