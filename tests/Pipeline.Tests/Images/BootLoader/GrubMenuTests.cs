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
        foreach (var (shell, password) in ((bool, string?)[])[(true, null), (false, "secret")])
        {
            var menu = GrubMenu.Disk(plan with { Shell = shell, BootMenu = new(5) { Password = password } }, 3, 4);
            File.WriteAllText(folder["grub.cfg"], menu);
            Tool.Run("grub-script-check", folder["grub.cfg"]);
            Assert.DoesNotMatch("[0-9a-f]{8}-[0-9a-f]{4}", menu);
            Assert.Equal((shell, password is not null), (menu.Contains("Debug shell", StringComparison.Ordinal), menu.Contains("password_pbkdf2 admin grub.pbkdf2.sha512.10000.", StringComparison.Ordinal)));
            Assert.Equal(password is null ? 0 : 3, menu.Split(" --unrestricted").Length - 1);
        }
        var script = GrubMenu.BootSet(plan, "/vmlinuz", "/initramfs.img");
        File.WriteAllText(folder["boot.cfg"], script);
        Tool.Run("grub-script-check", folder["boot.cfg"]);
        Assert.StartsWith("linux /vmlinuz gpt panic=10 console=ttyS0 dyndbg=\"file x +p;\" $ib_words\n", script, StringComparison.Ordinal);
    }

    [ToolFact("grub-mkpasswd-pbkdf2")]
    public void A_menus_password_is_hashed_as_GRUBs_own_tool_does()
    {
        var theirs = Tool.Run("sh", "-c", "printf 'open sesame\\nopen sesame\\n' | grub-mkpasswd-pbkdf2").Split(' ', '\n').Single(word => word.StartsWith("grub.pbkdf2.sha512.", StringComparison.Ordinal));
        Assert.Equal(theirs, GrubPassword.Hash("open sesame", Convert.FromHexString(theirs.Split('.')[4])));
    }
}
