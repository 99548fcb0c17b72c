using ImageBuilder.Update.Tests.Model;
using Xunit.Abstractions;
using DeviceState = ImageBuilder.Update.Tests.Model.State;

namespace ImageBuilder.Update.Tests.Cuts;

/// <summary>
/// Power cuts, reordered and torn writes, full and failing devices at every operation of an update. After each, the machine starts by itself, with the old stack
/// or the new one, whole; it takes the next update; and nothing is left over.
/// </summary>
[Collection(CutGroup.Name)]
public class UpdateCutTests(Results results, ITestOutputHelper output)
{
    [Fact]
    public void Installation() => Enumerate("install and arm", device => device.Install(Release.New), Prepare(), "old in A", "new in B");

    [Fact]
    public void Trial_that_is_kept() => Enumerate("try and commit", device => device.Start(), Prepare(device => device.Install(Release.New)), "new in B", "new in B");

    [Fact]
    public void Trial_that_fails() =>
        Enumerate("try and fall back", device => device.Start(), Prepare(device => device.Install(Release.New)), "old in A, default A, quarantined: new", "old in A, default A, quarantined: new", Release.New);

    [Fact]
    public void Rollback() => Enumerate("rollback", device => device.Rollback(), Prepare(Updated), "new in B", "old in A");

    [Fact]
    public void Rollback_of_a_rollback() => Enumerate("rollback and back", device => device.Rollback(), Prepare(device =>
    {
        Updated(device);
        device.Rollback();
        device.Start();
    }), "old in A", "new in B");

    [Fact]
    public void Installation_over_an_earlier_update_collects_it() => Enumerate("install, and collect what is given up", device => device.Install(Release.Fourth), Prepare(device =>
    {
        Updated(device);
        device.Install(Release.Third);
        device.Start();
    }), "third in A", "fourth in B");

    [Fact]
    public void Installation_that_is_given_up() => Enumerate("give up, and collect", device =>
    {
        device.Abandon();
        device.Collect();
    }, Prepare(device =>
    {
        device.Install(Release.New);
        device.Rollback(); // armed: given up
        device.Install(Release.Third);
        device.Start();
        device.Install(Release.Fourth, isStopped: true);
    }), "third in B", "third in B");

    [Theory]
    [InlineData("disk")]
    [InlineData("/ib/layers")]
    [InlineData("/ib/stacks")]
    [InlineData("syncfs")]
    public void The_model_notices_missing_flushes(string flush)
    {
        var (start, isBoot) = flush == "syncfs" ? (Prepare(device => device.Install(Release.New)), true) : (Prepare(), false);
        Action<UpdatedDevice> act = isBoot ? device => device.Start() : device => device.Install(Release.New);
        var sound = new UpdateStory { Start = start, Act = act, Twice = false };
        sound.Run();
        var left = Enumerable.Range(0, sound.Syncs.Count).Where(sync => sound.Syncs[sync] == flush).ToHashSet();
        Assert.NotEmpty(left);
        Assert.NotNull(Record.Exception(new UpdateStory { Start = start, Act = act, Twice = false, SkippedSyncs = left }.Run));
    }

    private void Enumerate(string name, Action<UpdatedDevice> act, DeviceState start, string before, string after, Release? sick = null)
    {
        var story = new UpdateStory { Start = start, Act = act, Sick = sick };
        story.Run();
        output.WriteLine($"{Results.Update}{name}: {story.Operations} operations, {story.States} distinct states, {story.Recoveries} of them after a second fault; all recovered");
        results.Add(Results.Update + name, story.Operations, story.States, story.Recoveries);
        Assert.StartsWith(before, story.Outcome.Before, StringComparison.Ordinal);
        Assert.StartsWith(after, story.Outcome.After, StringComparison.Ordinal);
        Assert.True(story.States >= story.Operations, "fewer states than operations: the model does not cut");
    }

    private static void Updated(UpdatedDevice device)
    {
        device.Install(Release.New);
        device.Start();
    }

    private static DeviceState Prepare(Action<UpdatedDevice>? prepare = null)
    {
        var device = new UpdatedDevice(new World(new DeviceState()));
        device.Ship();
        prepare?.Invoke(device);
        return device.World.AfterShutdown();
    }

    private sealed class UpdateStory : Story<UpdatedDevice>
    {
        public Release? Sick { get; init; }

        protected override UpdatedDevice Create(World world) => new(world) { Sick = Sick };
    }
}
