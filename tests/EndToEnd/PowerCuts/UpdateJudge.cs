using System.Security.Cryptography;
using System.Text;
using ImageBuilder.Init;
using ImageBuilder.Update.Data;
using ImageBuilder.Update.Slots;
using ImageBuilder.Update.Stacks;
using ImageBuilder.Update.State;

namespace ImageBuilder.EndToEnd.Tests.PowerCuts;

/// <summary>Says of a state of a recorded update whether the device starts, with everything that belongs to what it starts, and goes on from there.</summary>
/// <param name="folder">For copies of the data partition.</param>
/// <param name="stacks">The stacks of the recording.</param>
internal sealed class UpdateJudge(TempFolder folder, IReadOnlyDictionary<StackId, StackManifest> stacks)
{
    private const byte Tries = 3;
    private readonly DiskDigests digests = new();
    private readonly HashSet<(UInt128, string)> lived = [];

    // What is installed after everything, to see that it can be.
    private static readonly byte[] NextLayer = [.. Enumerable.Range(0, 70_000).Select(i => (byte)(i * i >> 3))];
    private static readonly byte[] NextBoot = [.. Enumerable.Range(0, 1 << 16).Select(i => (byte)(i * 7 >> 2))];

    /// <summary>Starts a state. Throws when it does not start, or with a boot set or a layer of the factory stack that is not whole.</summary>
    public ReplayedDevice Start(BlockLogState state)
    {
        var device = new ReplayedDevice(state, digests);
        device.Start(BootSetOf);
        foreach (var layer in device.Factory.Manifest.Layers)
            Assert.True(device.HasLayer(layer), $"the factory stack's layer {layer.Sha256} is not whole");
        return device;
    }

    /// <summary>
    /// Goes on with a device that has started: data partition, layers by their digests, upper; then what an agent does: commit of a trial, collection, the next
    /// update. Throws when something is missing, wrong, or left over.
    /// </summary>
    /// <param name="device">Of <see cref="Start"/>; it is changed.</param>
    /// <param name="file">What /file must be in slot A; null when it may not be there yet.</param>
    /// <returns>False when the same data partition with the same record was there before: then nothing is done.</returns>
    public bool Live(ReplayedDevice device, string? file)
    {
        var record = Convert.ToHexString((device.Record with { Sequence = 0 }).ToBytes());
        if (!lived.Add((device.Disk.DigestOf(device.Growth.Offset, device.Growth.Length), $"{record} {device.Running} {device.Hints} {file}")))
            return false;
        using var data = new MountedData(device, folder);
        Use(device, data, file);
        for (var starts = 0; device.Record.Phase is InstallPhase.Arming or InstallPhase.Armed && starts < Tries; starts++)
        {
            device.Start(BootSetOf);
            Use(device, data, file);
        }
        Collect(device, data);
        Install(device, data);
        device.Start(BootSetOf);
        Assert.Equal(Next.Id, device.Stack);
        Use(device, data, null);
        Assert.Equal((InstallPhase.Committed, device.Running), (device.Record.Phase, device.Record.Active));
        Collect(device, data);
        return true;
    }

    private static StackManifest Next { get; } = new() { Name = "device", Version = "next", Layers = [Blob(NextLayer)], Boot = Blob(NextBoot) };

    /// <summary>What a start does on the data partition, and a health check after it.</summary>
    private static void Use(ReplayedDevice device, MountedData data, string? file)
    {
        var layers = new LayerStore(data.Files);
        var manifest = device.Stack == device.Factory.Manifest.Id ? device.Factory.Manifest
            : layers.FindStack(device.Stack) ?? throw new InvalidDataException($"the manifest of stack {device.Stack} is lost");
        foreach (var layer in manifest.Layers)
            if (!device.HasLayer(layer) && layers.Check(layer) is { } fault)
                throw new InvalidDataException($"layer {layer.Sha256}: {fault}");
        // What would be carried over is another test's: here the new slot begins with an empty upper, made as one that is filled.
        var upper = new UpperStore(data.Files, device.State).Open(device.Running, device.Stack, CarriedChanges.SourceOf(device.Record, device.Running) is null ? null : _ => { });
        Assert.NotEqual(UpperOrigin.OtherStack, upper.Origin);
        if (file is not null && device.Running == Slot.A)
            Assert.Equal(file, Encoding.UTF8.GetString(data.Files.Read($"{upper.Folder}/{DataLayout.UpperName}/file", 100)));
        if (device.IsTrial)
            device.Switch.Commit(epoch: 0, newestTime: 0);
    }

    /// <summary>What an agent deletes; nothing that is not named may be left.</summary>
    private static void Collect(ReplayedDevice device, MountedData data)
    {
        var layers = new LayerStore(data.Files);
        new UpperStore(data.Files, device.State).Collect(TimeSpan.MaxValue, device.Record.UpperOf(device.Running));
        var record = device.State.Settle();
        List<StackId> named = [.. record.NamedStacks.Append(device.Factory.Manifest.Id).Distinct()];
        layers.Collect(named, [device.Factory.Manifest]);
        Assert.Empty(data.Names(DataLayout.Trash));
        Assert.Empty(data.Names(DataLayout.Uppers).Except(record.NamedUppers.Append(device.Record.UpperOf(device.Running)).Select(number => $"{number}")));
        Assert.Empty(data.Names(DataLayout.Stacks).Select(name => name[..Math.Min(name.Length, 64)]).Except(named.Select(id => id.ToString())));
        List<StackManifest?> known = [.. named.Select(id => id == device.Factory.Manifest.Id ? device.Factory.Manifest : layers.FindStack(id))];
        var wanted = known.SelectMany(stack => stack?.Layers ?? []).Select(layer => layer.Sha256).ToList();
        // An installation that was cut may go on with what it has; before its manifest is there, nobody knows what that is.
        var isOpen = record.Phase is InstallPhase.Staging or InstallPhase.Staged;
        if (!isOpen || !known.Contains(null))
            Assert.Empty(data.Names(DataLayout.Layers).Except(wanted.Select(layer => $"{layer}.squashfs").Concat(isOpen ? wanted.Select(layer => $".new-{layer}") : [])));
    }

    private static void Install(ReplayedDevice device, MountedData data)
    {
        var (layers, target) = (new LayerStore(data.Files), SlotSwitch.Target(device.Record, device.Running));
        device.Switch.Stage(target, Next.Id);
        layers.PutStack(Next.ToBytes(), ["signature"]);
        Collect(device, data);
        using (var partial = layers.Begin(Next.Layers[0]))
        {
            partial.Append(NextLayer.AsSpan((int)partial.Length));
            partial.Finish();
        }
        device.Disk.Write(device.BootPlace(target), NextBoot);
        device.Switch.Staged();
        device.Switch.Arm(Tries);
    }

    private StackBlob? BootSetOf(StackId id) => id == Next.Id ? Next.Boot : stacks.GetValueOrDefault(id)?.Boot;

    private static StackBlob Blob(byte[] bytes) => new(Convert.ToHexStringLower(SHA256.HashData(bytes)), bytes.Length);
}
