using ImageBuilder.Update.Carry;
using ImageBuilder.Update.Stacks;
using ImageBuilder.Update.State;
using ImageBuilder.Update.Tests.Model;
using Xunit.Abstractions;
using DeviceState = ImageBuilder.Update.Tests.Model.State;

namespace ImageBuilder.Update.Tests.Cuts;

/// <summary>Power cuts while a new stack's first upper is filled with what was changed over the old one: every boot ends with the whole merge, once.</summary>
[Collection(CutGroup.Name)]
public class CarryCutTests(Results results, ITestOutputHelper output)
{
    private static readonly StackId New = new(Enumerable.Repeat((byte)0x2E, StackId.Length).ToArray());

    [Fact]
    public void First_trial_of_a_stack()
    {
        var story = new Story { Start = Installed(), Act = device => device.Boot(), Make = Machine };
        story.Run();
        output.WriteLine($"{story.Operations} operations, {story.States} distinct states, {story.Recoveries} of them after a second fault; all recovered");
        results.Add($"{Results.Update}first trial with changes carried over", story.Operations, story.States, story.Recoveries);
        Assert.Equal(story.Outcome.Before, story.Outcome.After);
        Assert.Contains("/etc/conf Regular 6D696E65", story.Outcome.After, StringComparison.Ordinal);
        Assert.Contains("/etc/gone CharacterDevice", story.Outcome.After, StringComparison.Ordinal);
        Assert.Contains($"/etc/both{CarryMerge.Suffix} Regular", story.Outcome.After, StringComparison.Ordinal);
        Assert.True(story.States >= 200, $"{story.States} states");
    }

    [Fact]
    public void A_reset_before_the_first_trial_carries_nothing_over()
    {
        var device = Machine(new World(Installed()));
        device.Uppers.Reset(Slot.B, New, []);
        Assert.DoesNotContain("etc", device.Observe(), StringComparison.Ordinal);
    }

    private static Device Machine(World world) => new(world, recordInFiles: false, keep: 1)
    {
        Booted = (Slot.B, New),
        Fill = (files, folder) => CarryMerge.Run(files, new CarryTrees("/lower/before", "/lower/mine", "/lower/theirs", folder), ["/etc"]),
    };

    private static DeviceState Installed()
    {
        var device = new Device(new World(new DeviceState()), recordInFiles: false, keep: 1);
        device.State.Save(StateRecord.AsShipped(Device.Factory));
        device.Boot();
        device.Files.MakeFolder("/lower");
        foreach (var (tree, content) in ((string, string)[])[("before", "conf=old gone=old both=old"), ("mine", "conf=mine both=mine"), ("theirs", "conf=old gone=old both=new")])
        {
            device.Files.MakeFolder($"/lower/{tree}");
            device.Files.MakeFolder($"/lower/{tree}/etc");
            foreach (var file in content.Split(' ').Select(file => file.Split('=')))
                device.Files.Write($"/lower/{tree}/etc/{file[0]}", System.Text.Encoding.ASCII.GetBytes(file[1]));
        }
        device.Files.SyncAll();
        device.State.Save(device.State.Load().Record! with { B = new SlotState(New, 0, SlotStatus.Trial, 2), Phase = InstallPhase.Trying });
        return device.World.AfterShutdown();
    }
}
