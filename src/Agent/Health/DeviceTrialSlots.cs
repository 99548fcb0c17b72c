using ImageBuilder.Agent.Updates;
using ImageBuilder.Update.State;

namespace ImageBuilder.Agent.Health;

/// <summary>The running system's state record and the hints of its boot loader.</summary>
internal sealed class DeviceTrialSlots(Device device) : ITrialSlots
{
    public StateRecord Commit()
    {
        using var store = RunningTrial.OpenStore(device);
        return store.OpenSwitch(device).Commit(EpochOf(store), newestTime: 0); // the record has the newest time already
    }

    public StateRecord Fail(string reason)
    {
        using var store = RunningTrial.OpenStore(device);
        return store.OpenSwitch(device).Fail(reason);
    }

    /// <summary>The security epoch of the stack that runs; 0, which raises nothing, where its manifest is not to be found.</summary>
    private uint EpochOf(DeviceStore store)
    {
        if (device.Stack is not { } stack)
            return 0;
        using var factory = FactoryStack.TryOpen(device, out _);
        return (factory?.Manifest.Id == stack ? factory.Manifest : store.Layers.FindStack(stack))?.Epoch ?? 0;
    }
}
