using System.Text.Json;
using ImageBuilder.Agent.Updates;
using ImageBuilder.Linux.Files;
using ImageBuilder.Update.Data;
using ImageBuilder.Update.Slots;
using ImageBuilder.Update.Stacks;
using ImageBuilder.Update.State;

namespace ImageBuilder.Agent;

/// <summary>What both slots hold, and how far an update is.</summary>
/// <param name="Record">The state record.</param>
/// <param name="Running">The slot that runs.</param>
/// <param name="Names">Name and version of the stacks whose manifests are here.</param>
internal sealed record UpdateStatus(StateRecord Record, Slot Running, IReadOnlyDictionary<string, string> Names)
{
    /// <summary>Reads it; null where there are no slots.</summary>
    public static UpdateStatus? Read(Device device, StateRecord record)
    {
        if (device.Slot is not { } slot || device.Partition(BootSet.LabelOf(Slot.A)) is null)
            return null;
        var names = new Dictionary<string, string>(StringComparer.Ordinal);
        using var factory = FactoryStack.TryOpen(device, out _);
        using var data = new FileTree(device.DataFolder);
        var store = new LayerStore(data);
        foreach (var id in record.NamedStacks.Append(record.Quarantined))
            if ((factory?.Manifest.Id == id ? factory.Manifest : store.FindStack(id)) is { } stack)
                names[id.ToString()] = $"{stack.Name} {stack.Version}";
        return new UpdateStatus(record, slot, names);
    }

    /// <summary>The lines for people.</summary>
    public IEnumerable<string> Lines()
    {
        foreach (var slot in (Slot[])[Slot.A, Slot.B])
            yield return $"slot {slot}: {NameOf(Record.Of(slot).Stack)}, {Text(Record.Of(slot).Status)}{(slot == Running ? ", runs" : "")}{(slot == Record.Active ? ", the default" : "")}";
        var target = SlotSwitch.Target(Record, Running);
        if (Record.Phase == InstallPhase.Staging)
            yield return $"an update for slot {target} was begun, {Size.Text((long)Record.InstallOffset)} are here: imageagent install goes on";
        else if (Record.Phase is InstallPhase.Staged)
            yield return $"slot {target} holds an update that is not armed: imageagent install goes on";
        else if (Record.Phase is InstallPhase.Arming or InstallPhase.Armed)
            yield return $"slot {target} is tried at the next start: imageagent reboot";
        else if (Record.Phase == InstallPhase.Trying)
            yield return "what runs is on trial";
        if (!Record.Quarantined.IsEmpty)
            yield return $"{NameOf(Record.Quarantined)} has failed here: {Record.Reason}; a newer one is waited for";
    }

    /// <summary>The members of one object.</summary>
    public void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject("update");
        json.WriteString("phase", Record.Phase.ToString().ToLowerInvariant());
        json.WriteString("default", HintFile.NameOf(Record.Active));
        if (Record.Phase == InstallPhase.Staging)
            json.WriteNumber("stored", Record.InstallOffset);
        foreach (var slot in (Slot[])[Slot.A, Slot.B])
        {
            var state = Record.Of(slot);
            json.WriteStartObject(HintFile.NameOf(slot));
            json.WriteString("stack", state.Stack.IsEmpty ? null : state.Stack.ToString());
            if (Names.TryGetValue(state.Stack.ToString(), out var name))
                json.WriteString("name", name);
            json.WriteString("status", state.Status.ToString().ToLowerInvariant());
            json.WriteNumber("tries", state.Tries);
            json.WriteNumber("upper", state.Upper);
            json.WriteEndObject();
        }
        json.WriteNumber("epoch", Record.Epoch);
        if (!Record.Quarantined.IsEmpty)
        {
            json.WriteStartObject("quarantined");
            json.WriteString("stack", Record.Quarantined.ToString());
            json.WriteString("reason", Record.Reason);
            json.WriteEndObject();
        }
        json.WriteEndObject();
    }

    private string NameOf(StackId stack) => stack.IsEmpty ? "nothing" : Names.TryGetValue(stack.ToString(), out var name) ? $"{name} ({stack.ToString()[..12]})" : $"stack {stack.ToString()[..12]}";

    private static string Text(SlotStatus status) => status switch { SlotStatus.Good => "good", SlotStatus.Trial => "on trial", SlotStatus.Failed => "failed", _ => "empty" };
}
