using ImageBuilder.Formats;
using ImageBuilder.Linux;
using ImageBuilder.Update;
using ImageBuilder.Update.Stacks;
using ImageBuilder.Update.State;

namespace ImageBuilder.Agent.Health;

/// <summary>The trial that the running system is.</summary>
/// <param name="Slot">The slot that was started.</param>
/// <param name="Stack">Its stack.</param>
/// <param name="Upper">The number of its upper; 0 for none.</param>
/// <param name="Limit">From the kernel's start until it must be healthy.</param>
internal sealed record RunningTrial(Slot Slot, StackId Stack, uint Upper, TimeSpan Limit)
{
    private static readonly TimeSpan LockPatience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan LockPause = TimeSpan.FromMilliseconds(250);

    /// <summary>The file that is there as long as the trial lasts.</summary>
    public static string FileOf(Device device) => device.Run + DevicePaths.Trial["/run".Length..];

    /// <summary>Whether the running system is on trial.</summary>
    public static bool IsOn(Device device) => File.Exists(FileOf(device));

    /// <summary>Looks at it.</summary>
    /// <exception cref="ImageException">IB6112: the boot program does not say which slot this is. IB6161: there is no state record.</exception>
    public static RunningTrial Of(Device device)
    {
        if (device is not { Slot: { } slot, Stack: { } stack })
            throw new ImageException(ImageErrorKind.Unsupported, "IB6112", "the boot program does not say which slot this is, so there is no trial that could end");
        using var store = OpenStore(device);
        return new RunningTrial(slot, stack, (store.State.Load().Record ?? throw Missing()).UpperOf(slot), TimeSpan.FromSeconds((device.Settings?.Update ?? new UpdateSettings()).HealthTimeout));
    }

    private static ImageException Missing() => new(ImageErrorKind.Corrupt, "IB6161", "both copies of the state record are lost: nothing says which trial this is; the next start makes a new one");

    /// <summary>Opens the store; another imageagent is waited for.</summary>
    /// <exception cref="ImageException">IB6113: it is still at work. Others as <see cref="Device.OpenStore"/>.</exception>
    public static DeviceStore OpenStore(Device device)
    {
        for (var end = Machine.MicrosecondsSinceBoot() + (long)LockPatience.TotalMicroseconds; ;)
            try
            {
                return device.OpenStore();
            }
            catch (ImageException error) when (error.Id == "IB6113" && Machine.MicrosecondsSinceBoot() < end)
            {
                Thread.Sleep(LockPause);
            }
    }
}
