namespace ImageBuilder.EndToEnd.Tests;

/// <summary>What wrong arguments are answered with: at once, in the user's words, with exit code 2 and before any work.</summary>
public sealed class CommandLineTests : IDisposable
{
    private readonly TempFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("buidl", "unknown verb 'buidl'; did you mean 'build'?")]
    [InlineData("help nosuch", "unknown verb 'nosuch'; `imagebuilder help` lists them")]
    [InlineData("build --nope live.yaml", "unknown option '--nope'; `imagebuilder build --help` lists them")]
    [InlineData("build live.yaml --refesh", "unknown option '--refesh'; did you mean '--refresh'?")]
    [InlineData("squashfs pack a b --nope", "unknown option '--nope'; `imagebuilder squashfs pack --help` lists them")]
    [InlineData("squashfs", "squashfs needs one of: pack, list, unpack, check")]
    [InlineData("vm --firmware bois live.yaml", "--firmware bois: expected bios, uefi, secure or direct; did you mean 'bios'?")]
    [InlineData("vm --media none live.yaml", "--media none: expected cdrom, usb or disk")]
    [InlineData("vm --cpus 0 live.yaml", "--cpus 0: expected a number from 1 to 255")]
    [InlineData("vm --cpus many live.yaml", "--cpus many: expected a number from 1 to 255")]
    [InlineData("vm --ssh-port 99999 live.yaml", "--ssh-port 99999: expected a number from 1 to 65535")]
    [InlineData("build -j 0 live.yaml", "--jobs 0: expected a number from 1 to 1024")]
    public void A_wrong_word_is_named_with_what_is_possible(string arguments, string expected)
    {
        var result = Program.Run(folder.Path, arguments.Split(' '));
        Assert.Equal(2, result.ExitCode);
        Assert.Contains("error: " + expected + "\n", result.Error);
        Assert.Empty(result.Output);
    }

    [ToolTheory("sh")]
    [InlineData("help > /dev/full")]
    [InlineData("inspect /nosuch 2> /dev/full")]
    public void Where_nothing_can_be_said_the_exit_code_says_it(string arguments) =>
        Assert.Equal(1, Tool.TryRun("sh", "-c", $"'{Program.Path}' {arguments}").ExitCode);

    [Fact]
    public void An_image_that_is_not_there_is_named_before_a_machine_is_tried()
    {
        var result = Program.Run(folder.Path, "vm", "nosuch.iso");
        Assert.Equal(1, result.ExitCode);
        Assert.Equal("error IB1904: nosuch.iso: no such image\n", result.Error);
    }

    [Fact]
    public void Words_of_a_command_line_that_a_terminal_would_obey_are_shown_harmless()
    {
        var result = Program.Run(folder.Path, "explain-cmdline", "x=\x1b[31m\x01");
        Assert.Equal(0, result.ExitCode);
        Assert.Contains("x=", result.Output);
        Assert.DoesNotContain(result.Output, c => char.IsControl(c) && c != '\n');
    }

    [Theory]
    [InlineData("imagebuilder vm --firmware u", "uefi")]
    [InlineData("imagebuilder build --ref", "--refresh")]
    [InlineData("imagebuilder va", "validate")]
    public void Completion_offers_words_as_they_are_typed(string line, string expected)
    {
        var result = Program.Run(folder.Path, $"[suggest:{line.Length}]", line);
        Assert.Equal(expected, Assert.Single(result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries), word => word.StartsWith(line.Split(' ')[^1], StringComparison.Ordinal)));
    }

    [ToolFact("fish")]
    public void Fish_completes_verbs_options_and_values()
    {
        foreach (var (line, expected) in ((string, string)[])[("imagebuilder va", "validate"), ("imagebuilder build --ref", "--refresh"), ("imagebuilder vm --firmware u", "uefi")])
            Assert.Equal(expected, Tool.Run("fish", "-c", $"set -x PATH {Path.GetDirectoryName(Program.Path)} $PATH; imagebuilder completion fish | source; complete -C '{line}'").Trim());
    }

    [ToolFact("zsh", "timeout")]
    public void Zsh_completes_what_is_typed()
    {
        File.WriteAllText(folder["type.zsh"], $$"""
            path=({{Path.GetDirectoryName(Program.Path)}} $path)
            cd {{folder.Path}}
            imagebuilder completion zsh > completion
            zmodload zsh/zpty
            zpty shell zsh -f -i
            zpty -w shell 'autoload -U compinit; compinit -u -D; source ./completion; print rea""dy'
            zpty -r shell said '*ready*'
            zpty -w -n shell $'imagebuilder vali\t'
            zpty -r shell said '*date*'
            zpty -w -n shell $'\x15imagebuilder vm --media cd\t'
            zpty -r shell said '*rom*'
            print completed
            zpty -d shell
            """);
        Assert.EndsWith("completed\n", Tool.Run("timeout", "60", "zsh", "-f", folder["type.zsh"]));
    }
}
