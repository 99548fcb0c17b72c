using ImageBuilder.Linux.Files;
using ImageBuilder.Update.Stacks;

namespace ImageBuilder.Update.Data;

/// <summary>
/// The store that both slots share: layers by digest and stack manifests by id (<see cref="DataLayout"/>). An object gets its name when it was read back from the device and its
/// digest is right; it never changes then. One program at a time.
/// </summary>
public sealed class LayerStore(IFileTree data)
{
    /// <summary>Whether a layer is there with its length. Its content was right when it was named; <see cref="Check"/> looks again.</summary>
    public bool Has(StackBlob layer) => throw new NotSupportedException(data.ToString());

    /// <summary>A layer to be filled; goes on where a cut has ended an earlier attempt.</summary>
    public PartialLayer Begin(StackBlob layer) => throw new NotSupportedException();

    /// <summary>Keeps a stack manifest and its signatures.</summary>
    public void PutStack(byte[] manifest, IReadOnlyList<string> signatures) => throw new NotSupportedException();

    /// <summary>A stack manifest; null when it is not there.</summary>
    public StackManifest? FindStack(StackId id) => throw new NotSupportedException();

    /// <summary>Reads a layer from the device: null when its digest is right, else what is wrong.</summary>
    public string? Check(StackBlob layer) => throw new NotSupportedException();

    /// <summary>Puts what the given stacks do not name into the trash; manifests, layers, unfinished ones. To be called after the record that no longer names them is on the device.</summary>
    /// <returns>Names of what is gone.</returns>
    public IReadOnlyList<string> Collect(IReadOnlyList<StackId> named) => throw new NotSupportedException();
}

/// <summary>A layer on its way into the store.</summary>
public abstract class PartialLayer : IDisposable
{
    /// <summary>Bytes that are there already.</summary>
    public abstract long Length { get; }

    /// <summary>Adds bytes at the end.</summary>
    public abstract void Append(ReadOnlySpan<byte> bytes);

    /// <summary>Brings it to the device, reads it back from there, compares its digest, and gives it its name.</summary>
    /// <exception cref="Formats.ImageException">IB6021: another digest; what was there is thrown away.</exception>
    public abstract void Finish();

    public abstract void Dispose();
}
