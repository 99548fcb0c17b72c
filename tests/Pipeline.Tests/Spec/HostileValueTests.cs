using ImageBuilder.Pipeline.Spec;

namespace ImageBuilder.Pipeline.Tests.Spec;

public class HostileValueTests
{
    [Theory]
    [InlineData("one\"quote", false)]
    [InlineData("a=\"b c\" {d} $e; [f] it's", true)]
    public void A_quote_that_stays_open_would_swallow_the_rest_of_the_boot_menu(string line, bool allowed) => Assert.Equal(allowed, SpecChecker.Matches(line, SpecTypes.CommandLine.Pattern!));

    [Theory]
    [InlineData("/home/ada", true)]
    [InlineData("/srv/.hidden/..x", true)]
    [InlineData("/x:/bin/evil", false)]
    [InlineData("/../etc", false)]
    [InlineData("/home/.", false)]
    public void A_home_or_shell_cannot_break_out_of_its_field(string path, bool allowed) => Assert.Equal(allowed, SpecChecker.Matches(path, SpecTypes.AccountPath.Pattern!));
}
