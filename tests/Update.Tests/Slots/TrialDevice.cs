using ImageBuilder.Update.Slots;
using ImageBuilder.Update.Stacks;
using ImageBuilder.Update.State;

namespace ImageBuilder.Update.Tests.Slots;

/// <summary>What a new stack does when it is started.</summary>
internal enum Behaviour
{
    Healthy,

    /// <summary>Its kernel dies before the boot program runs.</summary>
    Panics,

    /// <summary>It notes the trial, and is restarted by a watchdog.</summary>
    Hangs,

    /// <summary>Its boot program cannot mount it, and says so.</summary>
    CannotMount,
}

/// <summary>A device with a state record and hints in memory, a boot loader that follows them, and a power cut at any write of either.</summary>
internal sealed class TrialDevice : IStateCopies, IBootHints
{
    public static readonly StackId Old = new([.. Enumerable.Repeat((byte)1, StackId.Length)]);
    public static readonly StackId New = new([.. Enumerable.Repeat((byte)2, StackId.Length)]);

    private readonly byte[]?[] copies = new byte[]?[IStateCopies.Count];

    public TrialDevice(StateRecord? record = null) => new StateStore(this).Save((record ?? StateRecord.AsShipped(Old)) with { Sequence = 0 });

    /// <summary>What the boot loader starts; null when both copies are damaged.</summary>
    public Slot? Default { get; set; } = Slot.A;

    public Slot? Once { get; set; }

    public bool IsOnceDamaged { get; set; }

    /// <summary>The hints cannot be written.</summary>
    public bool RefusesHints { get; set; }

    /// <summary>Writes until the power goes: before the write with an even number, after it with an odd one. Below zero never.</summary>
    public int CutAt { get; set; } = -1;

    public int Writes { get; private set; }

    /// <summary>How often the new stack was started.</summary>
    public int Starts { get; private set; }

    public StateRecord Record => new StateStore(this).Load().Record!;

    public SlotSwitch Switch(Slot? running = null) => new(new StateStore(this), this) { Running = running };

    public string Name(int copy) => $"copy {copy}";

    public byte[]? Read(int copy) => copies[copy];

    public void Write(int copy, ReadOnlySpan<byte> place)
    {
        var bytes = place.ToArray();
        Do(() => copies[copy] = bytes);
    }

    public void Flush()
    {
    }

    public HintReading Load() => new(Default, IsOnceDamaged ? null : Once, Default is null ? ["damaged"] : []) { IsOnceUnknown = IsOnceDamaged };

    public void SetDefault(Slot slot)
    {
        if (RefusesHints)
            throw new IOException("refused");
        Do(() => Default = slot);
    }

    public void SetOnce(Slot? slot)
    {
        if (RefusesHints)
            throw new IOException("refused");
        Do(() => (Once, IsOnceDamaged) = (slot, false));
    }

    /// <summary>What the boot loader does at a start.</summary>
    public Slot StartBootLoader()
    {
        if (Once is { } once && !IsOnceDamaged)
        {
            Once = null;
            return once;
        }
        return Default ?? Slot.Factory;
    }

    /// <summary>Starts the device again and again until a slot runs and stays; the slot.</summary>
    public Slot Run(Behaviour behaviour, Slot target = Slot.B)
    {
        for (var starts = 0; starts < 50; starts++)
        {
            var booted = StartBootLoader();
            var isNew = booted == target && Record.Of(target).Stack == New;
            if (isNew)
                Starts++;
            if (isNew && behaviour == Behaviour.Panics && Record.Phase is not (InstallPhase.Idle or InstallPhase.Committed))
                continue;
            try
            {
                var step = Switch(booted).OnBoot(booted);
                if (step.Restart)
                    continue;
                if (!step.Trial)
                    return booted;
                switch (behaviour)
                {
                    case Behaviour.Healthy:
                        Switch(booted).Commit(3, 99);
                        return booted;
                    case Behaviour.CannotMount:
                        Switch(booted).Fail("a layer cannot be mounted");
                        continue;
                    default:
                        continue;
                }
            }
            catch (PowerCut)
            {
                CutAt = -1;
            }
        }
        throw new InvalidOperationException($"the device restarts for ever: {Record}");
    }

    private void Do(Action write)
    {
        var at = Writes++;
        if (CutAt == 2 * at)
            throw new PowerCut();
        write();
        if (CutAt == 2 * at + 1)
            throw new PowerCut();
    }

    /// <summary>No IOException: nothing of what runs may go on after it.</summary>
    internal sealed class PowerCut : Exception;
}
