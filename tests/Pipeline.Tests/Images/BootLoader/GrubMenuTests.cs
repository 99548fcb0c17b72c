using ImageBuilder.Pipeline.Images.BootLoader;

namespace ImageBuilder.Pipeline.Tests.Images.BootLoader;

public class GrubMenuTests
{
    [Theory]
    [InlineData("console=tty0 quiet", "console=tty0 quiet")]
    [InlineData("a=$b;c|d&e", @"a=\$b\;c\|d\&e")]
    [InlineData("dyndbg=\"file x.c +p; $y\"", "dyndbg=\"file x.c +p; \\$y\"")]
    [InlineData(@"path=C:\x {y} #z 'w'", @"path=C:\\x \{y\} \#z \'w\'")]
    public void What_GRUBs_script_language_would_take_for_itself_reaches_the_kernel(string commandLine, string written)
    {
        Assert.Equal(written, GrubMenu.Quote(commandLine));
        Assert.Equal(commandLine, GrubMenu.Unquote(written));
    }

    [ToolFact("grub-script-check")]
    public void Any_printable_command_line_makes_a_menu_that_GRUB_can_parse()
    {
        using var folder = new TempFolder();
        var every = string.Concat(Enumerable.Range(' ', '~' - ' ' + 1).Select(c => (char)c).Where(c => c != '"'));
        File.WriteAllText(folder["grub.cfg"], $"menuentry x {{\n    linux /k {GrubMenu.Quote(every)}\n}}\n");
        Tool.Run("grub-script-check", folder["grub.cfg"]);
    }
}
