using ImageBuilder.Update.Channels;
using ImageBuilder.Update.Repositories;
using ImageBuilder.Update.Stacks;

namespace ImageBuilder.Agent.Updates;

/// <summary>What a channel offers this device, after every signature and digest of it was right.</summary>
/// <param name="Document">The channel document.</param>
/// <param name="Stack">The stack that it names; null when it was not read, because the device is up to date.</param>
/// <param name="Manifest">The stack manifest's bytes.</param>
/// <param name="Signatures">The signatures of the stack manifest that came with it, as texts.</param>
/// <param name="Verdict">Whether it is for this device, now.</param>
/// <param name="Why">The same for people.</param>
internal sealed record Offer(ChannelDocument Document, StackManifest? Stack, byte[] Manifest, IReadOnlyList<string> Signatures, Verdict Verdict, string Why)
{
    /// <summary>The channel's manifest, for what is fetched only when it is asked for; null when the device is up to date.</summary>
    public RepositoryManifest? Listing { get; init; }

    /// <summary>Whose signatures count.</summary>
    public ChannelTrust? Trust { get; init; }

    /// <summary>The stack for people: name, version, the beginning of its id.</summary>
    public string Name => Stack is { } stack ? $"{stack.Name} {stack.Version} ({Document.Stack.ToString()[..12]})" : $"stack {Document.Stack.ToString()[..12]}";
}

/// <summary>What a device does with an offer.</summary>
internal enum Verdict
{
    /// <summary>It runs that stack, or one with the same content.</summary>
    UpToDate,

    /// <summary>It is installed already, and tried at the next start.</summary>
    Installed,

    /// <summary>It is rolled out to other devices first.</summary>
    Waiting,

    /// <summary>It has failed here.</summary>
    Quarantined,

    /// <summary>It can be installed.</summary>
    Available,
}
