using ImageBuilder.Update.Data;
using ImageBuilder.Update.Stacks;
using ImageBuilder.Update.State;
using ImageBuilder.Update.Tests.Model;
using Xunit.Abstractions;
using DeviceState = ImageBuilder.Update.Tests.Model.State;

namespace ImageBuilder.Update.Tests.Cuts;

/// <summary>
/// A trial's migration of persisted folders, cut anywhere (UPDATE.md, fault 22): the version before finds its data exactly as it was, and the trial goes on with
/// what its hooks have made, all of it, or starts over.
/// </summary>
[Collection(CutGroup.Name)]
public class MigrationCutTests(Results results, ITestOutputHelper output)
{
    private const uint Upper = 7;
    private static readonly string[] Names = ["var-lib-app", "home"];
    private readonly HashSet<string> seen = [];
    private readonly HashSet<string> seenAfterSecond = [];

    [Fact]
    public void The_version_before_has_its_data_back_wherever_the_migration_is_cut()
    {
        var start = Used();
        var (old, whole) = (Content(new ModelFiles(new World(start.Clone()))), new World(start.Clone()));
        Migrate(new ModelFiles(whole));
        var made = Content(new ModelFiles(new World(whole.AfterShutdown())));
        Assert.NotEqual(old, made);

        foreach (var state in whole.AfterCut())
            Check(state, old, made, isDone: true);
        foreach (var kind in Enum.GetValues<FaultKind>())
            for (var at = 0; at < whole.Operations; at++)
            {
                var world = new World(start.Clone()) { Fault = new Fault(at, kind) };
                var isDone = false;
                try
                {
                    Migrate(new ModelFiles(world));
                    isDone = true;
                }
                catch (Exception error) when (error is PowerCutException or IOException)
                {
                }
                foreach (var state in world.AfterCut())
                    Check(state, old, made, isDone);
            }
        output.WriteLine($"{whole.Operations} operations, {seen.Count} distinct states, {seenAfterSecond.Count} more after a second fault; all recovered");
        results.Add("migration of persisted folders", whole.Operations, seen.Count + seenAfterSecond.Count, seenAfterSecond.Count);
        Assert.True(seen.Count > whole.Operations);
    }

    [Fact]
    public void A_trial_that_is_kept_keeps_what_its_hooks_have_made_wherever_the_end_is_cut()
    {
        var before = new World(Used());
        Migrate(new ModelFiles(before));
        var start = before.AfterShutdown();
        var made = Content(new ModelFiles(new World(start.Clone())));
        for (var at = 0; at < 8; at++)
        {
            var world = new World(start.Clone()) { Fault = new Fault(at, FaultKind.Cut) };
            try
            {
                new MigrationCopies(new ModelFiles(world)).Discard(Upper);
            }
            catch (PowerCutException)
            {
            }
            foreach (var state in world.AfterCut())
                Assert.Equal((made, ""), Settled(state, Slot.B, SlotStatus.Good));
        }
    }

    [Theory]
    [InlineData("syncfs")]
    [InlineData("/ib/persist/.before-7")]
    public void The_model_notices_a_missing_flush(string flush)
    {
        var start = Used();
        var old = Content(new ModelFiles(new World(start.Clone())));
        var whole = new World(start.Clone());
        Migrate(new ModelFiles(whole));
        var flushes = Enumerable.Range(0, whole.Syncs.Count).Where(sync => whole.Syncs[sync] == flush).ToHashSet();
        Assert.NotEmpty(flushes);
        for (var at = 0; at <= whole.Operations; at++)
        {
            var world = new World(start.Clone()) { Fault = new Fault(at, FaultKind.Cut), SkippedSyncs = flushes };
            try
            {
                Migrate(new ModelFiles(world));
            }
            catch (PowerCutException)
            {
            }
            if (world.AfterCut().Any(state => Settled(state, Slot.A, SlotStatus.Failed).Content != old))
                return;
        }
        Assert.Fail($"nothing is lost without the flush of {flush}");
    }

    private void Check(DeviceState state, string old, string made, bool isDone)
    {
        if (!seen.Add(state.Digest()))
            return;
        // Given up, whoever has noticed it; also when a person starts the version before in the middle of the trial.
        Assert.Equal((old, ""), Settled(state, Slot.A, SlotStatus.Failed));
        Assert.Equal((old, ""), Settled(state, Slot.A, SlotStatus.Trial));
        var (content, done) = Settled(state, Slot.B, SlotStatus.Trial);
        Assert.True(done == "done" ? content == made : content == old && !isDone, $"the trial goes on with\n{content}");
        for (var at = 0; ; at++)
        {
            var world = new World(state.Clone()) { Fault = new Fault(at, FaultKind.Cut) };
            try
            {
                Settle(world, Slot.A, SlotStatus.Failed);
                if (world.Operations <= at)
                    return;
            }
            catch (PowerCutException)
            {
            }
            foreach (var later in world.AfterCut())
                if (seenAfterSecond.Add(later.Digest()))
                    Assert.Equal((old, ""), Settled(later, Slot.A, SlotStatus.Failed));
        }
    }

    /// <summary>What persisted folders hold after a boot, and whether the trial's hooks have run; nothing else may be left.</summary>
    private static (string Content, string Done) Settled(DeviceState state, Slot booted, SlotStatus trial)
    {
        var world = new World(state.Clone());
        Settle(world, booted, trial);
        var files = new ModelFiles(world);
        var isDone = new MigrationCopies(files).IsDone(Upper);
        Assert.Equal(isDone ? [".before-7", .. Names.Order()] : Names.Order(), files.List(DataLayout.Persist));
        return (Content(files), isDone ? "done" : "");
    }

    private static void Settle(World world, Slot booted, SlotStatus trial)
    {
        var stack = new StackId(Enumerable.Repeat((byte)2, StackId.Length).ToArray());
        var record = StateRecord.AsShipped(Device.Factory).With(Slot.B, new SlotState(stack, Upper, trial, 1));
        new MigrationCopies(new ModelFiles(world)).Settle(record, booted);
    }

    // What the agent does, and hooks that synchronise nothing.
    private static void Migrate(ModelFiles files)
    {
        var copies = new MigrationCopies(files);
        copies.Make(Upper, Names);
        foreach (var name in Names)
        {
            files.Write($"{DataLayout.Persist}/{name}/data", "new "u8);
            files.Write($"{DataLayout.Persist}/{name}/index", "made by the hook"u8);
            files.Remove($"{DataLayout.Persist}/{name}/old");
        }
        copies.SetDone(Upper);
    }

    private static DeviceState Used()
    {
        var world = new World(new DeviceState());
        var files = new ModelFiles(world);
        foreach (var folder in (string[])[DataLayout.Root, DataLayout.Persist, DataLayout.Trash, .. Names.Select(name => $"{DataLayout.Persist}/{name}")])
            files.MakeFolder(folder);
        foreach (var name in Names)
        {
            files.Write($"{DataLayout.Persist}/{name}/data", "old data of the version before"u8);
            files.Write($"{DataLayout.Persist}/{name}/old", [1, 2, 3]);
        }
        return world.AfterShutdown();
    }

    private static string Content(ModelFiles files) =>
        string.Join('\n', Names.SelectMany(name => files.List($"{DataLayout.Persist}/{name}").Select(file => $"{name}/{file} {Convert.ToHexString(files.Read($"{DataLayout.Persist}/{name}/{file}", 1000))}")));
}
