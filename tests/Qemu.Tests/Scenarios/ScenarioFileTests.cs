using ImageBuilder.Qemu.Machines;
using ImageBuilder.Qemu.Scenarios;

namespace ImageBuilder.Qemu.Tests.Scenarios;

public sealed class ScenarioFileTests
{
    [Fact]
    public void Every_step_is_read()
    {
        var file = ScenarioFile.Parse("/s/all.yaml", """
            name: everything
            image: ../out/live.iso
            steps:
              - boot: {firmware: secure, media: usb, memory: 768M, cpus: 1}
              - login: {user: root, password: live}
              - expect: "^ready\\.$"
                timeout: 2.5
              - send: hello
              - {send: e, enter: false}
              - run: |
                  set -e
                  true
                exit: 3
                output: ^x$
              - reboot: {}
              - power-cut: {after: 5}
              - boot:
              - boot: {firmware: direct, cmdline: ib.shell}
              - poweroff: {}
            """);
        Assert.Empty(file.Diagnostics);
        var scenario = file.Scenario!;
        Assert.Equal(("everything", "/out/live.iso"), (scenario.Name, scenario.Image));
        Assert.Equal(
            [
                "boot secure usb 768M", "login as root", @"expect /^ready\.$/", "send 'hello'", "send 'e' without Enter", "run set -e; true",
                "reboot", "power-cut after 5 s", "boot", "boot direct with 'ib.shell'", "poweroff",
            ],
            scenario.Steps.Select(step => step.Title));
        Assert.Equal(new BootStep(4, TimeSpan.FromSeconds(120), Firmware.Secure, Media.Usb, null, null, new MemorySize(768), 1, null), scenario.Steps[0]);
        Assert.Equal(TimeSpan.FromSeconds(2.5), scenario.Steps[2].Timeout);
        Assert.Equal(3, Assert.IsType<RunStep>(scenario.Steps[5]).ExitCode);
    }

    [Fact]
    public void A_scenario_makes_its_own_media_and_boots_from_them()
    {
        var scenario = ScenarioFile.Parse("/s/x.yaml", "image: x\nprepare: |\n  touch stick.img\nsteps:\n  - boot: {media: disk, bus: nvme, image: stick.img}\n").Scenario!;
        Assert.Equal("touch stick.img\n", scenario.Prepare);
        Assert.Equal("boot disk nvme stick.img", scenario.Steps[0].Title);
    }

    [Fact]
    public void A_fault_is_served_and_the_host_tampers()
    {
        var file = ScenarioFile.Parse("/s/x.yaml", """
            image: x
            fault: 9
            steps:
              - serve: {folder: repo, port: 18471, cutAfter: 1000}
              - host: mkdir x
              - boot: {clock: "1970-01-01T00:00:00", watchdog: true, until: "# $"}
              - serve: {off: true}
            """);
        Assert.Empty(file.Diagnostics);
        Assert.Equal(9, file.Scenario!.Fault);
        var serve = Assert.IsType<ServeStep>(file.Scenario.Steps[0]);
        Assert.Equal(("repo", 18471, 1000L), (serve.Folder, serve.Port, serve.Faults.CutAfter));
        var boot = Assert.IsType<BootStep>(file.Scenario.Steps[2]);
        Assert.Equal((DateTime.UnixEpoch, true, "# $"), (boot.Clock, boot.Watchdog, boot.Until?.ToString()));
        Assert.True(Assert.IsType<ServeStep>(file.Scenario.Steps[3]).Faults.Off);
    }

    [Theory]
    [InlineData("boot: {clock: yesterday}", "'clock' must be a time such as")]
    [InlineData("serve: {folder: ../x}", "'folder' must be the name of a folder")]
    [InlineData("serve: {port: 80}", "'port' must be a port from 1024")]
    [InlineData("boot: {bus: isa}", "'bus' must be virtio, scsi, ahci, nvme, usb, uas or sd")]
    [InlineData("boot: {image: ../x}", "without a folder")]
    public void What_cannot_be_is_refused(string step, string expected) =>
        Assert.Contains(expected, Assert.Single(ScenarioFile.Parse("/s/x.yaml", $"image: x\nsteps:\n  - {step}\n").Diagnostics).Message);

    [Fact]
    public void Without_a_name_it_is_the_files() =>
        Assert.Equal("live-bios-cd", ScenarioFile.Parse("/s/live-bios-cd.yaml", "image: x\nsteps: [boot: {}]").Scenario!.Name);

    /// <summary>Each file in wrong/ beside exactly what is said of it.</summary>
    [Theory]
    [MemberData(nameof(WrongFiles))]
    public void A_wrong_file_is_refused_with_all_its_errors(string name)
    {
        var path = Repository.File($"tests/Qemu.Tests/Scenarios/wrong/{name}");
        var file = ScenarioFile.Parse(name, File.ReadAllText(path));
        Assert.Null(file.Scenario);
        Assert.Equal(File.ReadAllText(Path.ChangeExtension(path, ".txt")), string.Join('\n', file.Diagnostics) + "\n");
    }

    public static TheoryData<string> WrongFiles =>
        [.. Directory.EnumerateFiles(Repository.File("tests/Qemu.Tests/Scenarios/wrong"), "*.yaml").Select(path => Path.GetFileName(path)).Order()];

    [Fact]
    public void A_file_that_is_not_there_is_an_error_and_no_crash() =>
        Assert.Equal("IB6201", Assert.Single(ScenarioFile.Load("/nowhere/x.yaml").Diagnostics).Id);

    [Fact]
    public void The_projects_own_scenarios_are_right()
    {
        var files = Directory.GetFiles(Repository.File("qemu/scenarios"), "*.yaml");
        Assert.NotEmpty(files);
        Assert.All(files, path =>
        {
            var file = ScenarioFile.Load(path);
            Assert.Empty(file.Diagnostics);
            Assert.True(File.Exists(file.Scenario!.Image), file.Scenario.Image);
        });
    }
}
