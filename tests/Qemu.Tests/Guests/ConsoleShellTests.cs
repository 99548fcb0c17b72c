using ImageBuilder.Qemu.Guests;

namespace ImageBuilder.Qemu.Tests.Guests;

public sealed class ConsoleShellTests
{
    private static readonly TimeSpan Short = TimeSpan.FromSeconds(2);

    [ToolFact("sh", "base64")]
    public async Task A_command_runs_in_a_real_shell_and_its_echo_is_not_its_output()
    {
        var shell = new ConsoleShell(new FakeConsole(Shell));
        Assert.Equal(new CommandResult(0, "hello\nib-end-1234-9"), await shell.RunAsync("echo hello; echo ib-end-1234-9 # it's", Short));
        Assert.Equal(new CommandResult(3, "to stderr"), await shell.RunAsync("echo to stderr >&2\nexit 3", Short));
        Assert.Equal(new CommandResult(0, ""), await shell.RunAsync("cat", Short));
    }

    [ToolFact("sh", "base64")]
    public async Task Logging_in_answers_the_prompts_and_proves_a_shell()
    {
        var step = 0;
        var console = new FakeConsole(text => step++ switch
        {
            0 => text + "\nPassword: ",
            1 => "\r\nWelcome\r\nroot@live:~# ",
            _ => Shell(text),
        });
        console.Say("Debian GNU/Linux 13 live ttyS0\r\n\r\nlive login: ");
        await new ConsoleShell(console).LoginAsync("root", "live", Short);
        Assert.Equal(["root\r", "live\r"], console.Typed[..2]);
    }

    [ToolFact("sh", "base64")]
    public async Task A_kernel_message_right_behind_a_prompt_does_not_hide_it()
    {
        var step = 0;
        var console = new FakeConsole(text => step++ switch
        {
            0 => text + "\nPassword: [   22.911976] iTCO_wdt: initialized\r\n",
            1 => "\r\nroot@live:~# [   23.099389] kvm_amd: Nested Virtualization enabled\r\n",
            _ => Shell(text),
        });
        console.Say("live login: [   22.444989] iTCO_vendor_support: vendor-support=0\r\n");
        await new ConsoleShell(console).LoginAsync("root", "live", Short);
        Assert.Equal(["root\r", "live\r"], console.Typed[..2]);
    }

    [Theory]
    [InlineData("\r[  *** ] Job systemd-networkd-wait-online.se…tart running (1min 17s / no limit)\r\n")]
    [InlineData("\r\n[  OK  ] Reached target network-online.target - Network is Online.\r\n")]
    public async Task A_prompt_that_the_service_manager_has_written_over_is_answered(string said)
    {
        var step = 0;
        var console = new FakeConsole(text => step++ switch
        {
            0 => text + "\nPassword: " + said,
            1 => "\r\nroot@live:~# ",
            _ => Shell(text),
        });
        console.Say("live login: " + said);
        await new ConsoleShell(console).LoginAsync("root", "live", Short);
        Assert.Equal(["root\r", "live\r"], console.Typed[..2]);
    }

    [Fact]
    public async Task A_wrong_password_is_said()
    {
        var step = 0;
        var console = new FakeConsole(_ => step++ == 0 ? "root\nPassword: " : "\r\nLogin incorrect\r\nlive login: ");
        console.Say("live login: ");
        var error = await Assert.ThrowsAsync<QemuException>(() => new ConsoleShell(console).LoginAsync("root", "wrong", Short));
        Assert.Equal(("IB6303", "the console refused the login of 'root'"), (error.Id, error.Message));
    }

    [Fact]
    public async Task A_password_that_is_asked_for_and_not_given_is_said()
    {
        var console = new FakeConsole(_ => "root\nPassword: ");
        console.Say("live login: ");
        Assert.Equal("IB6303", (await Assert.ThrowsAsync<QemuException>(() => new ConsoleShell(console).LoginAsync("root", null, Short))).Id);
    }

    [Fact]
    public async Task A_command_that_does_not_end_is_an_error()
    {
        var shell = new ConsoleShell(new FakeConsole(text => text + "\nib-begin-1234\nworking"));
        Assert.Equal("IB6304", (await Assert.ThrowsAsync<QemuException>(() => shell.RunAsync("sleep 9", TimeSpan.FromMilliseconds(100)))).Id);
    }

    [Fact]
    public async Task A_command_longer_than_a_terminal_line_is_refused_before_it_is_cut()
    {
        var shell = new ConsoleShell(new FakeConsole(_ => ""));
        Assert.Equal("IB6306", (await Assert.ThrowsAsync<QemuException>(() => shell.RunAsync(new string('x', 4000), Short))).Id);
    }

    private static string Shell(string typed) => typed.TrimEnd('\r') + "\r\n" + Tool.Run("sh", "-c", typed.TrimEnd('\r')).ReplaceLineEndings("\r\n") + "root@live:~# ";
}
