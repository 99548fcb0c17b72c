using ImageBuilder.Update.Data;
using ImageBuilder.Update.State;

namespace ImageBuilder.Agent.Updates;

/// <summary>Deletes what neither slot, nor the factory stack, nor an installation needs any more.</summary>
internal static class Collection
{
    /// <summary>Uppers first, as far as there is time; then layers and manifests.</summary>
    /// <returns>What became of the uppers, and names of what is gone from the store.</returns>
    public static (CollectionResult Uppers, IReadOnlyList<string> Layers) Run(DeviceStore store, Device device, FactoryStack? factory, TimeSpan budget)
    {
        var uppers = store.Uppers.Collect(budget, device.UpperNumber ?? 0);
        // On a stick there are no slots: what its record names are media, and nothing is in a store.
        if (store.State.Settle() is not { } record || device.Partition(PartitionCopies.Label) is null)
            return (uppers, []);
        return (uppers, store.Layers.Collect(InstallPlan.NamedStacks(record, device.Stack, factory), factory is null ? [] : [factory.Manifest]));
    }
}
