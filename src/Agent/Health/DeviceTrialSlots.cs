using ImageBuilder.Formats;
using ImageBuilder.Update.State;

namespace ImageBuilder.Agent.Health;

/// <summary>The running system's state record and the hints of its boot loader.</summary>
internal sealed class DeviceTrialSlots(Device device) : ITrialSlots
{
    public StateRecord Commit() => throw Unsupported();

    public StateRecord Fail(string reason) => throw Unsupported();

    private ImageException Unsupported() => new(ImageErrorKind.Unsupported, "IB6166", $"slots of {device.Root} cannot be switched yet");
}
