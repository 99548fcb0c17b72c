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

    [ToolFact("grub-script-check")]
    public void A_disks_menu_parses_and_every_entry_survives_a_torn_table_and_a_dead_kernel()
    {
        using var folder = new TempFolder();
        var plan = Samples.Plan() with { Kernel = new Pipeline.Plan.KernelPlan("linux-image-amd64", "console=ttyS0 dyndbg=\"file x +p;\"") };
        var menu = GrubMenu.Disk(plan, 3, "/vmlinuz", "/initramfs.img", 3);
        File.WriteAllText(folder["grub.cfg"], menu);
        Tool.Run("grub-script-check", folder["grub.cfg"]);
        var lines = menu.Split('\n').Where(line => line.Contains(" linux ", StringComparison.Ordinal)).ToList();
        Assert.Equal(4, lines.Count);
        Assert.All(lines, line => Assert.Matches(@"/vmlinuz gpt panic=10 console=ttyS0 .* ib\.slot=(a|factory)\b.* ib\.disk=PARTUUID=\$id$", line));
        Assert.DoesNotMatch("[0-9a-f]{8}-[0-9a-f]{4}", menu);
        Assert.Single(lines, line => line.Contains(" ib.reset ", StringComparison.Ordinal));
    }
}
