using ImageBuilder.Update.Stacks;
using ImageBuilder.Update.State;

namespace ImageBuilder.Init.Tests.Data;

public class CarriedChangesTests
{
    private static readonly StackId Old = new([.. Enumerable.Repeat((byte)1, StackId.Length)]);
    private static readonly StackId New = new([.. Enumerable.Repeat((byte)2, StackId.Length)]);

    [Theory]
    [InlineData(Slot.B, SlotStatus.Trial, 0, 7, true)]
    [InlineData(Slot.B, SlotStatus.Trial, 8, 7, false)] // a later try has what the first one made
    [InlineData(Slot.B, SlotStatus.Good, 0, 7, false)] // the other slot as shipped, chosen in the menu
    [InlineData(Slot.B, SlotStatus.Failed, 0, 7, false)]
    [InlineData(Slot.B, SlotStatus.Trial, 0, 0, false)] // nothing was ever changed
    [InlineData(Slot.A, SlotStatus.Trial, 0, 7, false)]
    [InlineData(Slot.Factory, SlotStatus.Trial, 0, 7, false)]
    public void Changes_are_carried_over_at_the_first_trial_of_a_stack_and_never_again(Slot booted, SlotStatus status, uint upper, uint other, bool carries)
    {
        var record = StateRecord.AsShipped(Old) with { A = new SlotState(Old, other, SlotStatus.Good, 0), B = new SlotState(New, upper, status, 2) };
        Assert.Equal(carries ? record.A : null, CarriedChanges.SourceOf(record, booted));
    }
}
