using ImageBuilder.Agent.Arguments;

namespace ImageBuilder.Agent.Tests;

/// <summary>What is understood, and what is said about what is not.</summary>
public class CommandLineTests
{
    [Theory]
    [InlineData("rest", "did you mean 'reset'?")]
    [InlineData("reset --kep /etc", "did you mean '--keep'?")]
    [InlineData("reset --keep", "--keep needs a value")]
    [InlineData("status extra", "status does not take 'extra'")]
    [InlineData("try", "try needs LAYER")]
    [InlineData("try a b", "try does not take 'b'")]
    [InlineData("capture /etc", "capture needs -o FILE")]
    [InlineData("capture -o a --output b", "--output is given twice")]
    [InlineData("capture -o x --level nine", "--level nine: expected a number from 1 to 22")]
    [InlineData("rollback --upper x", "--upper x: expected a number")]
    [InlineData("rollback --upper -1", "--upper needs a value")]
    [InlineData("status --json=yes", "--json takes no value")]
    [InlineData("clean --time soon", "--time soon: expected seconds")]
    public void Wrong_usage_ends_with_2_and_tells_what_is_possible(string words, string expected)
    {
        var (code, output, error) = Run(words.Split(' '));
        Assert.Equal((ExitCode.Usage, ""), (code, output));
        Assert.Contains(expected, error);
    }

    [Fact]
    public void Every_verb_has_a_page_with_its_options()
    {
        foreach (var verb in CommandLine.Verbs)
        {
            var (code, page, error) = Run(verb.Name, "--help");
            Assert.Equal((ExitCode.Done, ""), (code, error));
            Assert.StartsWith($"imageagent {verb.Name}", page);
            Assert.All(CommandLine.OptionsOf(verb), option => Assert.Contains(option.Usage, page));
            Assert.Equal(page, Run("help", verb.Name).Output);
            Assert.Contains($"  {verb.Name} ", Run("--help").Output);
            Assert.All(page.Split('\n'), line => Assert.True(line.Length <= 140, line));
        }
        Assert.Equal(ExitCode.Usage, Run().Code);
    }

    [Fact]
    public void What_stands_behind_two_dashes_is_the_commands_own()
    {
        var call = Call.Parse(CommandLine.Verbs.Single(verb => verb.Name == "try"), ["layer", "--", "ls", "--help", "--", "-x"], null!, null!);
        Assert.Equal(["layer"], call.Words);
        Assert.Equal(["ls", "--help", "--", "-x"], call.Command);
    }

    [Fact]
    public void An_option_with_many_values_takes_words_up_to_the_next_option()
    {
        var call = Call.Parse(CommandLine.Verbs.Single(verb => verb.Name == "reset"), ["--keep", "/a", "/b", "--identity", "--keep=/c"], null!, null!);
        Assert.Equal(["/a", "/b", "/c"], call.All("--keep"));
        Assert.True(call.Has("--identity"));
    }

    [Fact]
    public void An_error_is_one_JSON_object_when_that_is_asked_for()
    {
        var (code, _, error) = Run("status", "--nonsense", "--json");
        Assert.Equal(ExitCode.Usage, code);
        using var json = System.Text.Json.JsonDocument.Parse(error);
        Assert.Equal("error", json.RootElement.GetProperty("type").GetString());
    }

    [Theory]
    [InlineData(0, "0 bytes")]
    [InlineData(999, "999 bytes")]
    [InlineData(1500, "1.5 kB")]
    [InlineData(999_999, "1 MB")]
    [InlineData(123_456_789, "123 MB")]
    public void Sizes_are_short(long bytes, string expected) => Assert.Equal(expected, Size.Text(bytes));

    private static (int Code, string Output, string Error) Run(params string[] arguments) =>
        BootedSystem.Capture(arguments, () => throw new InvalidOperationException("the device was looked at"));
}
