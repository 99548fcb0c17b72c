using ImageBuilder.Linux;

namespace ImageBuilder.Update.Tests.Model;

/// <summary>
/// A machine: what is on its devices, and what only its memory has. Operations are counted; at one of them something may go wrong. When it is off,
/// <see cref="AfterCut"/> gives every machine that may be found afterwards.
/// </summary>
internal sealed class World(State durable)
{
    /// <summary>Among the targets of changes: the disk, whose cache is flushed as a whole.</summary>
    public const int Disk = -1;

    private const int ExhaustiveUpTo = 7;
    private const int RandomSubsets = 24;
    private readonly List<Change> pending = [];
    private int nextInode = durable.Nodes.Keys.Max() + 1;
    private bool isOff;

    /// <summary>What the machine sees.</summary>
    public State Memory { get; } = durable.Clone();

    public Fault? Fault { get; init; }

    /// <summary>Numbers of operations that synchronise, and are left out: for the proof that the model notices it.</summary>
    public IReadOnlySet<int> SkippedSyncs { get; init; } = new HashSet<int>();

    /// <summary>Operations so far that changed or synchronised something.</summary>
    public int Operations { get; private set; }

    /// <summary>Those of them that synchronised, in words.</summary>
    public List<string> Syncs { get; } = [];

    public int NewInode() => nextInode++;

    /// <summary>Counts an operation; throws when it goes wrong.</summary>
    /// <param name="call">For messages.</param>
    /// <param name="takesSpace">It can fail with ENOSPC.</param>
    /// <param name="half">What a write that fails leaves.</param>
    /// <param name="forgotten">What a flush that fails may forget.</param>
    public void Step(string call, bool takesSpace, Action? half = null, Func<Change, bool>? forgotten = null)
    {
        if (isOff)
            throw new PowerCutException();
        if (Operations++ != Fault?.At)
            return;
        switch (Fault.Kind)
        {
            case FaultKind.Cut:
                isOff = true;
                throw new PowerCutException();
            case FaultKind.NoSpace when takesSpace:
                throw new LinuxException(call, "model", Errno.ENOSPC);
            case FaultKind.Eio or FaultKind.EioForgotten:
                half?.Invoke();
                if (Fault.Kind == FaultKind.EioForgotten && forgotten is not null)
                    foreach (var change in pending.Where(forgotten))
                        change.IsForgotten = true;
                throw new LinuxException(call, "model", Errno.EIO);
        }
    }

    public void Do(Change change)
    {
        change.Apply(Memory);
        pending.Add(change);
    }

    /// <summary>Brings to the device what belongs to a target, and whatever came before at the same names; null for everything.</summary>
    public void Sync(int? target, string what)
    {
        Syncs.Add(what);
        Step("fsync", takesSpace: false, forgotten: Belongs);
        if (SkippedSyncs.Contains(Syncs.Count - 1))
            return;
        var keys = new HashSet<(int, string)>();
        var lasting = new List<Change>();
        for (var i = pending.Count - 1; i >= 0; i--)
        {
            var change = pending[i];
            if (change.IsForgotten || !(Belongs(change) || change.Keys.Any(keys.Contains)))
                continue;
            keys.UnionWith(change.Keys);
            lasting.Add(change);
        }
        lasting.Reverse();
        foreach (var change in lasting)
        {
            change.Apply(durable);
            var at = pending.IndexOf(change);
            pending.RemoveAt(at);
            pending.RemoveAll(earlier => earlier.IsForgotten && pending.IndexOf(earlier) < at
                && (earlier.Place.Equals(change.Place) || (earlier.Keys.Any() && earlier.Keys.All(change.Keys.Contains)))); // a name that was given and moved away is gone
        }

        bool Belongs(Change change) => target is null ? !change.Targets.Contains(Disk) : change.Targets.Contains(target.Value);
    }

    /// <summary>Everything reaches the devices: an orderly shutdown.</summary>
    public State AfterShutdown() => With(pending);

    /// <summary>The states that a power cut now may leave: any subset of what was not synchronised, and the last written sector torn.</summary>
    public IEnumerable<State> AfterCut()
    {
        var count = pending.Count;
        var random = new Random(count);
        if (count <= ExhaustiveUpTo)
        {
            for (var mask = 0; mask < 1 << count; mask++)
                yield return With(pending.Where((_, i) => (mask >> i & 1) != 0));
        }
        else
        {
            for (var i = 0; i <= count; i++)
                yield return With(pending.Take(i));
            for (var i = 0; i < count; i++)
            {
                yield return With(pending.Where((_, at) => at != i));
                yield return With([pending[i]]);
            }
            for (var i = 0; i < RandomSubsets; i++)
                yield return With(pending.Where(_ => random.Next(2) == 0));
        }
        for (var i = 0; i < count; i++)
            if (pending[i].Torn is { } torn)
            {
                yield return With([.. pending.Take(i), torn]);
                yield return With([torn]);
            }
    }

    private State With(IEnumerable<Change> changes)
    {
        var state = durable.Clone();
        foreach (var change in changes)
            change.Apply(state);
        return state;
    }
}
