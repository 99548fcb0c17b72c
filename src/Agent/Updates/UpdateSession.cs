using ImageBuilder.Agent.Progress;
using ImageBuilder.Agent.Repositories;
using ImageBuilder.Formats;
using ImageBuilder.Update;
using ImageBuilder.Update.Channels;
using ImageBuilder.Update.Stacks;
using ImageBuilder.Update.State;

namespace ImageBuilder.Agent.Updates;

/// <summary>What looking for updates and installing them needs.</summary>
internal sealed class UpdateSession : IDisposable
{
    /// <summary>The running system.</summary>
    public required Device Device { get; init; }

    /// <summary>Its data partition and state record, for this program alone.</summary>
    public required DeviceStore Store { get; init; }

    public required UpdateSettings Settings { get; init; }

    public required IRepository Repository { get; init; }

    public required string Channel { get; init; }

    public required IProgress Progress { get; init; }

    public required CancellationToken Cancel { get; init; }

    /// <summary>The machine's clock, which may be wrong.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>The slot that runs.</summary>
    public Slot Running { get; private init; }

    /// <summary>The stack that runs.</summary>
    public StackId RunningStack { get; private init; }

    /// <summary>Opens all of it.</summary>
    /// <param name="device">The system.</param>
    /// <param name="from">A repository instead of the image's; null for that.</param>
    /// <param name="channel">A channel instead of the image's; null for that.</param>
    /// <param name="options">How the repository is reached.</param>
    /// <param name="progress">Told how far the work is.</param>
    /// <param name="cancel">Stops it.</param>
    /// <exception cref="ImageException">IB6137: this system takes no updates; IB6112, IB6113: its store; IB6121, IB6126: the repository.</exception>
    public static UpdateSession Open(Device device, string? from, string? channel, RepositoryOptions options, IProgress progress, CancellationToken cancel)
    {
        var settings = SettingsOf(device);
        if (device.Slot is not { } slot || device.Stack is not { } stack || device.Partition(BootSet.LabelOf(Slot.A)) is null)
            throw new ImageException(ImageErrorKind.Unsupported, "IB6137", "this system was not started from a disk with two slots, so nothing can be installed beside what runs; the output `disk` of a spec makes such a disk");
        var address = from ?? (settings.Url.Length > 0 ? settings.Url
            : throw new ImageException(ImageErrorKind.Spec, "IB6137", "the image names no repository (`update: { url: … }` in its spec): give one with --from URL, a folder or a tar"));
        var name = channel ?? settings.Channel;
        if (!ChannelDocument.IsName(name))
            throw new ImageException(ImageErrorKind.Spec, "IB6137", $"'{name}' is no name of a channel: expected letters, digits and '.', '-', '_'");
        var repository = Repositories.Repository.Open(address, options);
        try
        {
            return new UpdateSession
            {
                Device = device,
                Store = device.OpenStore(),
                Settings = settings,
                Repository = repository,
                Channel = name,
                Progress = progress,
                Cancel = cancel,
                Running = slot,
                RunningStack = stack,
            };
        }
        catch
        {
            repository.Dispose();
            throw;
        }
    }

    /// <summary>How the image wants to be updated.</summary>
    /// <exception cref="ImageException">IB6137: not at all.</exception>
    public static UpdateSettings SettingsOf(Device device) => device.Settings?.Update is { Keys.Count: > 0 } settings ? settings
        : throw new ImageException(ImageErrorKind.Unsupported, "IB6137", "the image trusts no key, so no update can be believed: build it with `update: { keys: […] }`, the public keys that `imagebuilder keygen` made");

    /// <summary>The state record.</summary>
    /// <exception cref="ImageException">IB6138: both copies are lost.</exception>
    public StateRecord Record => Store.State.Load().Record
        ?? throw new ImageException(ImageErrorKind.Corrupt, "IB6138", "both copies of the state record are lost, so nothing can be installed; the next start makes a new one");

    /// <summary>Seconds since 1970; not before the newest signed time that was seen, whatever the clock says.</summary>
    public long Now => Math.Max(Time.GetUtcNow().ToUnixTimeSeconds(), Record.NewestTime);

    public void Dispose()
    {
        Progress.End();
        Repository.Dispose();
        Store.Dispose();
    }
}
