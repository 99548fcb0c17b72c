using ImageBuilder.Formats;
using ImageBuilder.Linux.Blocks;
using ImageBuilder.Update.Stacks;

namespace ImageBuilder.Agent.Updates;

/// <summary>The stack that the disk was shipped with, in its partition: read only.</summary>
internal sealed class FactoryStack : IDisposable
{
    private readonly RawDevice device;
    private readonly FactoryPartition partition;

    private FactoryStack(RawDevice device, FactoryPartition partition) => (this.device, this.partition) = (device, partition);

    public StackManifest Manifest => partition.Manifest;

    /// <summary>Opens it; null when it is not there, or damaged.</summary>
    /// <param name="running">The system.</param>
    /// <param name="fault">What is wrong with it; null when nothing is.</param>
    public static FactoryStack? TryOpen(Device running, out string? fault)
    {
        fault = $"there is no partition {FactoryPartition.Label}";
        if (running.Partition(FactoryPartition.Label) is not { } path)
            return null;
        RawDevice? device = null;
        try
        {
            device = RawDevice.OpenToRead(path);
            var opened = device;
            var partition = FactoryPartition.Read((offset, buffer) =>
            {
                using var aligned = new AlignedBuffer((buffer.Length + FactoryPartition.HeaderLength - 1) / FactoryPartition.HeaderLength * FactoryPartition.HeaderLength);
                opened.Read(offset, aligned.Span);
                aligned.Span[..buffer.Length].CopyTo(buffer);
            }, device.Length);
            fault = null;
            return new FactoryStack(device, partition);
        }
        catch (Exception error) when (error is IOException or ImageException)
        {
            device?.Dispose();
            fault = error.Message;
            return null;
        }
    }

    /// <summary>Whether a layer is one of the factory stack's.</summary>
    public bool Has(StackBlob layer) => Manifest.Layers.Contains(layer);

    /// <summary>Reads a layer of it from the device: null when its digest is right, else what is wrong.</summary>
    public string? Check(StackBlob layer)
    {
        for (var i = 0; i < Manifest.Layers.Count; i++)
            if (Manifest.Layers[i] == layer)
                try
                {
                    return BootSet.Hash(device, partition.Offsets[i], layer.Size) is var digest && digest != layer.Sha256 ? $"its digest is {digest}" : null;
                }
                catch (IOException error)
                {
                    return $"it cannot be read: {error.Message}";
                }
        return "it is not there";
    }

    public void Dispose() => device.Dispose();
}
