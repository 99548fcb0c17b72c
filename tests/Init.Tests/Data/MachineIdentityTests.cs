namespace ImageBuilder.Init.Tests.Data;

public class MachineIdentityTests
{
    private static readonly string Ours = new('a', 32), Theirs = new('b', 32), Fresh = new('c', 32);

    [Fact]
    public void The_first_start_makes_an_id() => Assert.Equal(Fresh, MachineIdentity.Choose(null, null, () => Fresh).Id);

    [Fact]
    public void A_root_without_one_gets_that_of_earlier_starts() => Assert.Equal(Ours, MachineIdentity.Choose(null, Ours, Unwanted).Id);

    [Fact]
    public void One_that_the_root_has_is_kept_from_now_on()
    {
        Assert.Equal(Theirs, MachineIdentity.Choose(Theirs, null, Unwanted).Id);
        Assert.Equal(Theirs, MachineIdentity.Choose(Theirs, Ours, Unwanted).Id);
    }

    [Theory]
    [InlineData("", false)]
    [InlineData("uninitialized\n", false)]
    [InlineData("00000000000000000000000000000000\n", false)]
    [InlineData("0123456789ABCDEF0123456789abcdef\n", false)]
    [InlineData("0123456789abcdef0123456789abcde\n", false)]
    [InlineData("0123456789abcdef0123456789abcdef\n", true)]
    public void Only_32_lower_case_digits_are_an_id(string text, bool valid) => Assert.Equal(valid, MachineIdentity.Valid(text) is not null);

    private static string Unwanted() => throw new InvalidOperationException("no id is to be made");
}
