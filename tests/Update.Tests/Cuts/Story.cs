using ImageBuilder.Formats;
using ImageBuilder.Update.Tests.Model;
using DeviceState = ImageBuilder.Update.Tests.Model.State;

namespace ImageBuilder.Update.Tests.Cuts;

/// <summary>A story of uppers and the state record alone.</summary>
internal sealed class Story : Story<Device>
{
    public bool RecordInFiles { get; init; }

    public int Keep { get; init; } = 2;

    /// <summary>Sets the code under test up on a machine; null for slot A's.</summary>
    public Func<World, Device>? Make { get; init; }

    protected override Device Create(World world) => Make is null ? new Device(world, RecordInFiles, Keep) : Make(world);
}

/// <summary>
/// Something that a device does, and every way in which it can go wrong: after each, the next boot must find everything as before or everything as
/// after, and nothing else.
/// </summary>
internal abstract class Story<TDevice>
    where TDevice : IDevice
{
    /// <summary>Of the states that one cut leaves so many, in the order in which the changes were made, are met by a second fault.</summary>
    private const int SecondFaults = 6;

    private readonly HashSet<string> seen = [];
    private readonly HashSet<string> seenAfterSecond = [];
    private readonly Dictionary<string, string> observed = [];

    public required DeviceState Start { get; init; }

    public required Action<TDevice> Act { get; init; }

    /// <summary>Numbers of synchronising operations that are left out, for the proof that it is noticed.</summary>
    public IReadOnlySet<int> SkippedSyncs { get; init; } = new HashSet<int>();

    /// <summary>Whether states of a second fault are tried too.</summary>
    public bool Twice { get; init; } = true;

    public int Operations { get; private set; }

    /// <summary>The operations that synchronise, in words.</summary>
    public IReadOnlyList<string> Syncs { get; private set; } = [];

    /// <summary>Distinct states that were recovered from.</summary>
    public int States => seen.Count + seenAfterSecond.Count;

    /// <summary>Of them those after a second fault.</summary>
    public int Recoveries => seenAfterSecond.Count;

    /// <summary>What a person finds before and after.</summary>
    public (string Before, string After) Outcome { get; private set; }

    public void Run()
    {
        var whole = Machine(Start, null);
        Act(whole);
        (Operations, Syncs) = (whole.World.Operations, [.. whole.World.Syncs]);
        Outcome = (Machine(Start, null).Observe(), Machine(whole.World.AfterShutdown(), null).Observe());
        foreach (var state in whole.World.AfterCut())
            Check(state, [Outcome.After], "after it was done", Twice);
        foreach (var kind in Enum.GetValues<FaultKind>())
            for (var at = 0; at < Operations; at++)
                Break(new Fault(at, kind));
    }

    private void Break(Fault fault)
    {
        var device = Machine(Start, fault);
        var isDone = false;
        try
        {
            Act(device);
            isDone = true;
        }
        catch (PowerCutException)
        {
        }
        catch (ImageException)
        {
            Assert.NotEqual(FaultKind.Cut, fault.Kind);
        }
        // A fault that was got over is none: what was reported as done is done.
        string[] allowed = isDone ? [Outcome.After] : [Outcome.Before, Outcome.After];
        var second = fault.Kind == FaultKind.Cut && Twice ? SecondFaults : 0;
        foreach (var state in device.World.AfterCut())
            Check(state, allowed, fault.ToString(), second-- > 0);
        if (isDone || fault.Kind == FaultKind.Cut)
            return;
        // The machine stays on, and the same is asked for once more.
        if (Observe(device.World.AfterShutdown()) == Outcome.Before)
        {
            Act(device);
            Check(device.World.AfterShutdown(), [Outcome.After], $"{fault}, second attempt");
        }
    }

    private void Check(DeviceState state, string[] allowed, string when, bool twice = false)
    {
        var digest = state.Digest();
        var isNew = seen.Add(digest);
        var found = observed.TryGetValue(digest, out var known) ? known : observed[digest] = Observe(state);
        Assert.True(allowed.Contains(found), $"{when}: neither before nor after, but\n{found}\nbefore:\n{Outcome.Before}\nafter:\n{Outcome.After}");
        if (isNew && twice)
            BreakRecovery(state, found, when);
    }

    private string Observe(DeviceState state) => Machine(state, null).Observe();

    /// <summary>A second fault, while the first is got over: what the recovery would have come to, it comes to.</summary>
    private void BreakRecovery(DeviceState state, string expected, string when)
    {
        for (var at = 0; ; at++)
            foreach (var kind in Enum.GetValues<FaultKind>())
            {
                var device = Machine(state, new Fault(at, kind));
                try
                {
                    device.Recover();
                    if (device.World.Operations <= at)
                        return;
                }
                catch (PowerCutException)
                {
                }
                catch (ImageException)
                {
                }
                foreach (var later in kind == FaultKind.Cut ? device.World.AfterCut() : [device.World.AfterShutdown()])
                {
                    if (seen.Contains(later.Digest()) || !seenAfterSecond.Add(later.Digest()))
                        continue;
                    var found = Observe(later);
                    Assert.True(found == expected, $"{when}, then {kind} at operation {at} of the recovery: expected\n{expected}\nfound\n{found}");
                }
            }
    }

    /// <summary>Sets the code under test up on a machine.</summary>
    protected abstract TDevice Create(World world);

    private TDevice Machine(DeviceState state, Fault? fault) => Create(new World(state.Clone()) { Fault = fault, SkippedSyncs = SkippedSyncs });
}
