using ImageBuilder.Linux.CommandLines;
using ImageBuilder.Update.Stacks;
using ImageBuilder.Update.State;

namespace ImageBuilder.Init.Tests.Disks;

public class DeviceStateTests
{
    private static readonly StackId Shipped = StackId.Parse(new string('a', 64)), Newer = StackId.Parse(new string('b', 64));
    private static readonly StateRecord Updated = StateRecord.AsShipped(Shipped) with { Active = Slot.B, B = new SlotState(Newer, 4, SlotStatus.Good, 0), Sequence = 9 };

    [Fact]
    public void The_record_says_which_slot_starts()
    {
        var (slot, stack, why) = DeviceState.Choose(null, Updated, Shipped);
        Assert.Equal((Slot.B, Newer), (slot, stack));
        Assert.Contains("sequence 9", why);
    }

    [Theory]
    [InlineData(SlotChoice.A, Slot.A, 'a')]
    [InlineData(SlotChoice.B, Slot.B, 'b')]
    [InlineData(SlotChoice.Factory, Slot.Factory, 'a')]
    public void The_command_line_decides_over_the_record(SlotChoice asked, Slot slot, char stack) =>
        Assert.Equal((slot, StackId.Parse(new string(stack, 64)), "kernel command line"), DeviceState.Choose(asked, Updated, Shipped));

    [Fact]
    public void A_slot_without_a_stack_does_not_start_and_the_way_out_is_named()
    {
        var error = Assert.Throws<BootException>(() => DeviceState.Choose(SlotChoice.B, Updated with { B = default }, Shipped));
        Assert.Contains("slot b has no stack", error.Message);
        Assert.Contains("Factory state", error.Remedy[0]);
    }

    [Fact]
    public void Without_a_readable_factory_stack_the_factory_does_not_start() =>
        Assert.Throws<BootException>(() => DeviceState.Choose(SlotChoice.Factory, Updated, null));
}
