using System.Globalization;
using System.Text;
using ImageBuilder.Formats;
using ImageBuilder.Linux.Files;
using ImageBuilder.Update.Stacks;

namespace ImageBuilder.Update.Data;

/// <summary>
/// A layer on its way into the store. How much of it is on the device is written into an attribute of the file after a flush: what a file's length says
/// after a power cut may be zeros that were never filled.
/// </summary>
public sealed class PartialLayer : IDisposable
{
    /// <summary>The attribute: bytes from the beginning that were flushed, in decimal digits.</summary>
    internal const string FlushedAttribute = "trusted.imagebuilder.flushed";

    /// <summary>Bytes between two flushes: what a cut takes at most, and what the kernel holds back in memory.</summary>
    internal const int FlushEvery = 16 << 20;

    private readonly IFileTree data;
    private readonly StackBlob layer;
    private readonly string path;
    private readonly string target;
    private long flushed;

    internal PartialLayer(IFileTree data, StackBlob layer, string path, string target)
    {
        (this.data, this.layer, this.path, this.target) = (data, layer, path, target);
        Length = flushed = Flushed();
    }

    /// <summary>Bytes that are there: after a cut those that are surely on the device.</summary>
    public long Length { get; private set; }

    /// <summary>Adds bytes at the end.</summary>
    /// <exception cref="ImageException">IB6028: more than the layer has. IB6029: the file system does not take them.</exception>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > layer.Size - Length)
            throw new ImageException(ImageErrorKind.Corrupt, "IB6028", $"layer {layer.Sha256}: more than its {layer.Size} bytes were given");
        try
        {
            data.WriteAt(path, Length, bytes);
            Length += bytes.Length;
            if (Length - flushed >= FlushEvery)
                Flush();
        }
        catch (IOException error)
        {
            throw LayerStore.Failed($"layer {layer.Sha256} cannot be written", error);
        }
    }

    /// <summary>Brings it to the device, reads it back from there, compares its digest, and gives it its name.</summary>
    /// <exception cref="ImageException">IB6027: another digest; what was there is thrown away. IB6028: not all of it is there. IB6029: the file system does not do it.</exception>
    public void Finish()
    {
        if (Length != layer.Size)
            throw new ImageException(ImageErrorKind.Corrupt, "IB6028", $"layer {layer.Sha256}: {Length} of its {layer.Size} bytes are there");
        try
        {
            data.Sync(path);
            if (LayerStore.Hash(data, path, layer.Size) is var digest && digest != layer.Sha256)
            {
                data.Remove(path);
                throw new ImageException(ImageErrorKind.Corrupt, "IB6027", $"layer {layer.Sha256}: what was written reads back with the digest {digest}: damaged on the way, or the device is; it was thrown away, try again");
            }
            // The content is right, so what has the name already is the same, or damaged. Who has it open goes on with what he has.
            if (data.Find(target) is null)
                data.Rename(path, target);
            else
                data.Replace(path, target);
            data.Sync(DataLayout.Layers);
        }
        catch (IOException error)
        {
            throw LayerStore.Failed($"layer {layer.Sha256} cannot be finished", error);
        }
        flushed = Length;
    }

    /// <summary>Keeps what is there for the next attempt.</summary>
    public void Dispose()
    {
        try
        {
            if (Length > flushed)
                Flush();
        }
        catch (IOException)
        {
            // The next attempt begins where the last flush was.
        }
    }

    private void Flush()
    {
        data.Sync(path);
        data.SetAttribute(path, FlushedAttribute, Encoding.ASCII.GetBytes(Length.ToString(CultureInfo.InvariantCulture)));
        data.Sync(path); // the attribute, which may only say what is there already; without this a cut took all of a download
        flushed = Length;
    }

    private long Flushed() =>
        data.GetAttribute(path, FlushedAttribute) is { } text && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var length)
            && data.Find(path) is { } file && length <= Math.Min(file.Length, layer.Size) ? length : 0;
}
