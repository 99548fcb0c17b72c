using System.Diagnostics;
using System.Text.RegularExpressions;
using ImageBuilder.Qemu.Acceleration;
using ImageBuilder.Qemu.Machines;
using ImageBuilder.Qemu.Scenarios;
using ImageBuilder.Qemu.Tests.TinyGuest;

namespace ImageBuilder.Qemu.Tests.Scenarios;

/// <summary>The whole harness on a real QEMU, with a guest that boots in a second.</summary>
public sealed class TinyGuestTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly StringWriter _log = new();

    public TinyGuestTests() => TinyGuestImage.Write(_folder["tiny.img"]);

    public void Dispose() => _folder.Dispose();

    [ToolFact("qemu-system-x86_64")]
    public async Task Disks_persist_across_power_cuts_and_boots_and_the_artefact_is_never_written()
    {
        var before = File.ReadAllBytes(_folder["tiny.img"]);
        var result = await RunAsync("""
            - boot: {media: disk, memory: 64M}
            - {expect: "^tiny boot 1$", timeout: 60}
            - {expect: "tiny> $"}
            - send: hello
            - {expect: "^HELLO$", timeout: 60}
            - {send: "!", enter: false}
            - {expect: "^tiny boot 2$", timeout: 60}
            - power-cut: {after: 0.2}
            - boot:
            - {expect: "^tiny boot 3$", timeout: 60}
            - {send: ".", enter: false}
            """);
        Assert.True(result.Passed, _log.ToString());
        Assert.Equal(before, File.ReadAllBytes(_folder["tiny.img"]));
        Assert.Contains("tiny boot 1", result.Console);
        Assert.DoesNotContain("\e", result.Console);
    }

    [ToolFact("qemu-system-x86_64")]
    public async Task What_does_not_appear_in_time_fails_with_the_console_and_stops_the_scenario()
    {
        var result = await RunAsync("""
            - boot: {media: disk, memory: 64M}
            - {expect: "tiny> $", timeout: 60}
            - {expect: never, timeout: 0.5}
            - send: not reached
            """);
        Assert.Equal("IB6301", result.Failure!.Id);
        Assert.Equal(3, result.Steps.Count);
        Assert.Contains("tiny boot 1", result.Failure.ConsoleTail);
        Assert.Contains("""
                   error IB6301: /never/ did not appear on the console within 0.5 s
            """, _log.ToString());
        Assert.Contains("       | tiny boot 1", _log.ToString());
    }

    [ToolFact("qemu-system-x86_64")]
    public async Task A_machine_that_stops_fails_what_waits_for_it_at_once()
    {
        var watch = Stopwatch.StartNew();
        var result = await RunAsync("""
            - boot: {media: disk, memory: 64M}
            - {expect: "tiny> $", timeout: 60}
            - {send: ".", enter: false}
            - {expect: never, timeout: 300}
            """);
        Assert.Equal("IB6302", result.Failure!.Id);
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(200), $"{watch.Elapsed}");
    }

    [ToolFact("qemu-system-x86_64")]
    public async Task A_guest_without_a_channel_and_without_a_login_cannot_run_commands()
    {
        var result = await RunAsync("""
            - boot: {media: disk, memory: 64M}
            - {run: id, timeout: 1}
            """);
        Assert.Equal("IB6312", result.Failure!.Id);
    }

    [ToolFact("qemu-system-x86_64")]
    public async Task What_QEMU_complains_about_is_part_of_the_failure()
    {
        var result = await RunAsync("""
            - boot: {media: disk, memory: 64M}
            - {expect: "tiny> $", timeout: 60}
            """, "-device", "no-such-device");
        Assert.Equal("IB6302", result.Failure!.Id);
        Assert.Contains("no-such-device", result.Failure.Message);
    }

    [ToolFact("qemu-system-x86_64")]
    public async Task Cancelling_ends_QEMU_and_leaves_no_folder()
    {
        using var cancellation = new CancellationTokenSource();
        var marker = $"ib-test-{Path.GetFileName(_folder.Path)}";
        var running = RunAsync("""
            - boot: {media: disk, memory: 64M}
            - {expect: "tiny> $", timeout: 60}
            - {expect: never, timeout: 300}
            """, cancellation.Token, "-name", marker);
        while (!IsRunning(marker))
            await Task.Delay(20);
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        Assert.False(IsRunning(marker));
    }

    private static bool IsRunning(string marker) => Directory.EnumerateDirectories("/proc").Any(process =>
    {
        try
        {
            return File.ReadAllText(Path.Combine(process, "cmdline")).Contains(marker, StringComparison.Ordinal);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    });

    [ToolFact("qemu-system-x86_64")]
    public async Task Several_run_at_once_but_their_scripts_do_not_and_what_each_says_stays_together()
    {
        const string Alone = "mkdir \"$SHARED/busy\"; sleep 0.5; rmdir \"$SHARED/busy\"";
        string[] names = ["one", "two", "three"];
        var scenarios = names.Select(name => ScenarioFile.Parse($"{_folder.Path}/{name}.yaml", $"name: {name}\nimage: {_folder["tiny.img"]}\nprepare: {Alone}\nsteps:\n  - boot: {{media: disk, memory: 64M}}\n  - {{expect: \"tiny> $\", timeout: 120}}\n").Scenario!);
        var runner = new ScenarioRunner(Accelerator.Tcg, (image, _) => Task.FromResult(new ResolvedImage(image)), new PlainScenarioOutput(_log));
        var results = await runner.RunAsync(scenarios, jobs: 2);
        Assert.True(results.All(result => result.Passed), _log.ToString());
        Assert.Equal(names, results.Select(result => result.Scenario.Name));
        foreach (var name in names)
            Assert.Matches($@"(?m)^{name} \(.*\)\n  ok .*boot.*\n  ok .*expect.*\npassed: {name}, ", _log.ToString());
    }

    [ToolFact("qemu-system-x86_64")]
    public async Task Scenarios_share_a_boot_and_write_to_disks_of_their_own()
    {
        string[] names = ["one", "two", "three"];
        var scenarios = names.Select(name => ScenarioFile.Parse($"{_folder.Path}/{name}.yaml", $$"""
            name: {{name}}
            image: {{_folder["tiny.img"]}}
            steps:
              - {boot: {media: disk, memory: 64M, until: "tiny> $"}, timeout: 120}
              - send: {{name}}
              - {expect: "^{{name.ToUpperInvariant()}}$", timeout: 60}
              - {send: "!", enter: false}
              - {expect: "^tiny boot 2$", timeout: 60}
              - power-cut: {}
              - {boot: {until: "^tiny boot 3$"}, timeout: 60}
            """).Scenario!);
        var runner = new ScenarioRunner(Accelerator.Tcg, (image, _) => Task.FromResult(new ResolvedImage(image)), new PlainScenarioOutput(_log));
        var results = await runner.RunAsync(scenarios, jobs: 2);
        Assert.True(results.All(result => result.Passed), _log.ToString());
        Assert.All(results, result => Assert.Equal(3, Regex.Count(result.Console, "tiny boot")));
    }

    [ToolFact("qemu-system-x86_64")]
    public async Task A_machine_goes_on_with_the_state_of_another_and_after_a_reset_without()
    {
        MachineOptions first = Options("first"), second = Options("second");
        MachineState state;
        await using (var machine = VirtualMachine.Start(first, Accelerator.Tcg))
        {
            await ExpectAsync(machine, "^tiny boot 1\n[\\s\\S]*tiny> $");
            await machine.SendAsync("hel");
            await ExpectAsync(machine, "HEL$");
            state = await machine.SaveAsync(_folder["state"]);
            await machine.SendAsync("p\r");
            await ExpectAsync(machine, "^P\n|HELP\n");
        }
        await using var other = await VirtualMachine.ResumeAsync(second, Accelerator.Tcg, state);
        Assert.EndsWith("HEL", other.Transcript.Text, StringComparison.Ordinal);
        await other.SendAsync("lo\r");
        await ExpectAsync(other, "tiny boot 1\n[\\s\\S]*HELLO\n[\\s\\S]*tiny> $");
        Assert.Single(Regex.Matches(other.Transcript.Text, "tiny boot")); // it did not boot by itself
        await other.SendAsync("!");
        await ExpectAsync(other, "^tiny boot 2$");

        MachineOptions Options(string name) => new()
        {
            Image = _folder["tiny.img"], Media = Media.Disk, Memory = new MemorySize(64), Overlay = _folder[$"{name}/disk.qcow2"], FirmwareVariables = Directory.CreateDirectory(_folder[name]).FullName + "/variables.fd",
        };

        static Task ExpectAsync(VirtualMachine machine, string pattern) => machine.Transcript.ExpectAsync(new Regex(pattern, RegexOptions.Multiline), TimeSpan.FromSeconds(60));
    }

    [ToolFact("qemu-system-x86_64")]
    public async Task A_machine_whose_state_QEMU_cannot_keep_says_so()
    {
        var result = await RunAsync("""
            - {boot: {media: disk, bus: nvme, memory: 64M, until: "tiny> $"}, timeout: 60}
            """);
        Assert.Equal("IB6324", result.Failure!.Id);
        Assert.Contains("use 'expect' instead of 'until'", result.Failure.Message);
    }

    private Task<ScenarioResult> RunAsync(string steps, params string[] arguments) => RunAsync(steps, CancellationToken.None, arguments);

    private async Task<ScenarioResult> RunAsync(string steps, CancellationToken cancellation, params string[] arguments)
    {
        var file = ScenarioFile.Parse(_folder["tiny.yaml"], "image: tiny.img\nsteps:\n" + steps);
        Assert.Empty(file.Diagnostics);
        var runner = new ScenarioRunner(Accelerator.Tcg, (image, _) => Task.FromResult(new ResolvedImage(image)), new PlainScenarioOutput(_log), arguments);
        return Assert.Single(await runner.RunAsync([file.Scenario!], cancellation: cancellation));
    }
}
