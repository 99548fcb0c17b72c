using System.Diagnostics;
using System.Globalization;
using ImageBuilder.Formats;
using ImageBuilder.Qemu.Machines;
using ImageBuilder.Update.Stacks;
using ImageBuilder.Update.State;
using Xunit.Abstractions;

namespace ImageBuilder.EndToEnd.Tests.PowerCuts;

/// <summary>
/// The writes of a real device to its disk while it is updated, kept, and taken back, GRUB's own among them, cut anywhere. tests/Update.Tests/Cuts enumerates the
/// same of a modelled one.
/// </summary>
public sealed class UpdateCutTests(ITestOutputHelper output)
{
    private const long Growth = 256L << 20;
    private const int BlobLength = 8_000_000; // so that the patch layer is more than one write
    private const int OfAKind = 4; // states whose data partition is mounted in any case
    private const int Mounted = 100; // data partitions that there is time for besides; IB_CUTS=all mounts every one
    private const string FromHost = "http://10.0.2.2:";

    [RootFact("qemu-system-x86_64", "e2fsck", "tune2fs", "mount", "cp", "cmp")]
    public async Task After_a_cut_anywhere_in_an_update_its_commit_and_its_rollback_the_device_starts_the_old_stack_or_the_new_one_whole()
    {
        using var folder = new TempFolder();
        var (before, repository) = Publish(folder);
        var length = new FileInfo(before).Length + Growth;

        using var server = new FileServer(repository);
        await using var machine = new RecordedMachine(before, length);
        await machine.BootAsync(firmware: Firmware.Bios);
        await machine.RunAsync("echo mine > /file && sync && net");
        var written = machine.Entries;
        await machine.RunAsync($"imageagent install --from {FromHost}{server.Port} && sync");
        var installed = machine.Entries;
        await machine.PowerCutAsync();
        await machine.BootAsync(firmware: Firmware.Bios);
        await machine.RunAsync("grep 2.0.0 /etc/release && sync");
        var tried = machine.Entries;
        await machine.RunAsync("imageagent commit");
        var committed = machine.Entries;
        await machine.RunAsync("imageagent clean && sync");
        var cleaned = machine.Entries;
        await machine.RunAsync("imageagent rollback");
        var back = machine.Entries;
        await machine.PowerCutAsync();
        await machine.BootAsync(firmware: Firmware.Bios);
        await machine.RunAsync("grep 1.0.0 /etc/release && grep mine /file && sync");
        await machine.PowerCutAsync();

        var log = machine.Log();
        // A flush begins what is open: from the last one before it on, the rollback may be on the disk.
        var undone = log.Entries.Take(cleaned).ToList().FindLastIndex(entry => entry.Flags.HasFlag(BlockLogFlags.Flush));
        using var image = File.OpenHandle(before);
        log.End(image, length).Save(folder["end.img"], 0, length);
        Tool.Run("cmp", folder["end.img"], machine.Disk); // else the log would not be of this disk
        File.Delete(folder["end.img"]);
        var judge = new UpdateJudge(folder, Stacks(repository));
        var stride = Environment.GetEnvironmentVariable("IB_CUTS") == "all" ? 1 : Math.Max(1, log.States(image, length).Count() / Mounted);
        var kinds = new SortedDictionary<string, int>(StringComparer.Ordinal);
        var classes = new List<(string Kind, string Image, string Version)>();
        var (states, lived, sequence) = (0, 0, 0ul);
        foreach (var state in log.States(image, length))
        {
            try
            {
                var device = judge.Start(state);
                var record = device.Found;
                // No state goes back behind a record that is on the disk.
                Assert.True(record.Sequence >= sequence, $"record {record.Sequence} after {sequence}");
                if (state.What.StartsWith("flushed", StringComparison.Ordinal) && !state.What.Contains("alone", StringComparison.Ordinal))
                    sequence = record.Sequence;
                // Armed, and not yet taken back: the new one, however often it was started.
                if (state.Durable >= installed && state.Durable < undone)
                    Assert.Equal(Slot.B, device.Running);
                if (state.Durable >= committed)
                    Assert.False(device.IsTrial, "the commit is forgotten");
                if (state.Durable >= back)
                    Assert.Equal(Slot.A, device.Running);
                var kind = string.Create(CultureInfo.InvariantCulture, $"{record.Phase}, GRUB starts {string.Join(" then ", device.Started)}{(device.IsTrial ? " on trial" : "")}");
                kinds[kind] = kinds.GetValueOrDefault(kind) + 1;
                if (kinds[kind] == 1)
                {
                    classes.Add((kind, folder[$"class-{classes.Count}.img"], device.Stack == device.Factory.Manifest.Id ? "1.0.0" : "2.0.0"));
                    state.Disk.Save(classes[^1].Image, 0, length);
                }
                if ((states++ % stride == 0 || kinds[kind] <= OfAKind) && judge.Live(device, state.Durable >= written ? "mine\n" : null))
                    lived++;
            }
            catch (Exception error) when (error is not OutOfMemoryException)
            {
                throw new InvalidDataException($"a cut {state.What} (written {written}, installed {installed}, tried {tried}, committed {committed}, cleaned {cleaned}, back {back}): {error.Message}", error);
            }
        }
        foreach (var (kind, count) in kinds)
            output.WriteLine($"{count,6} {kind}");
        output.WriteLine($"{log.Entries.Count} entries, {states} distinct states, {lived} different data partitions; written {written}, installed {installed}, tried {tried}, committed {committed}, cleaned {cleaned}, back {back}");
        // Armed, and the slot on trial does not start at once: between the two was the boot loader's own write of its hint.
        Assert.Contains("Armed, GRUB starts A then B on trial", kinds.Keys);
        Assert.True(states >= 500, $"{states} states");
        await Parallel.ForEachAsync(classes, new ParallelOptions { MaxDegreeOfParallelism = 2 }, async (start, _) => await StartAsync(start.Kind, start.Image, length, start.Version));
        CutReport.Add("update by a real agent: install, trial, commit, clean, rollback, boot after it", log, states, lived);
    }

    /// <summary>One of each kind in a real machine: it starts by itself what the boot program's code has chosen of it before.</summary>
    private async Task StartAsync(string kind, string disk, long length, string version)
    {
        var watch = Stopwatch.StartNew();
        await using var machine = new RecordedMachine(disk, length);
        File.Delete(disk);
        await machine.BootAsync(firmware: Firmware.Bios);
        Assert.True(await machine.RunAsync("cat /etc/release") is var found && found.Trim() == version, $"{kind}: {found} has started instead of {version}");
        output.WriteLine($"started in {watch.Elapsed.TotalSeconds:F0} s: {version}, {kind}");
    }

    /// <summary>Version 1 of the scenarios' device, and a repository with version 2: another file, another kernel command line, so that the boot set is another, too.</summary>
    private static (string Image, string Repository) Publish(TempFolder folder)
    {
        var scenarios = Path.Combine(Path.GetDirectoryName(Program.Path)!, "..", "qemu", "scenarios", "faults");
        foreach (var file in (string[])["release.pub", "release.key"])
            File.Copy(Path.Combine(scenarios, file), folder[file]);
        var spec = File.ReadAllText(Path.Combine(scenarios, "device.yaml"));
        File.WriteAllText(folder["v1.yaml"], spec);
        var bytes = new byte[BlobLength];
        new Random(1).NextBytes(bytes);
        File.WriteAllBytes(folder["blob"], bytes);
        var other = spec.Replace("init=/bin/sh", "init=/bin/sh loglevel=5", StringComparison.Ordinal).Replace("\nfiles:", "\nfiles:\n  - { path: /usr/share/blob, source: blob }", StringComparison.Ordinal);
        File.WriteAllText(folder["v2.yaml"], other);
        var image = Build("build", "v1.yaml", "--output-dir", "v1").Image;
        Build("build", "v2.yaml", "--output-dir", "v2", "--set", "version=2.0.0");
        foreach (var version in (string[])["v1", "v2"])
            Build("publish", version, "--repository", "repository", "--key", "release.key", "--channel", "stable");
        return (image, folder["repository"]);

        Result Build(params string[] arguments)
        {
            var result = Program.Run(folder.Path, [.. arguments, "--progress", "plain"]);
            Assert.True(result.ExitCode == 0, result.ToString());
            return result;
        }
    }

    /// <summary>The stack manifests of a repository.</summary>
    private static Dictionary<StackId, StackManifest> Stacks(string repository)
    {
        var stacks = new Dictionary<StackId, StackManifest>();
        foreach (var blob in new DirectoryInfo(Path.Combine(repository, "blobs", "sha256")).EnumerateFiles().Where(blob => blob.Length <= StackManifest.MaxLength))
            try
            {
                var manifest = StackManifest.Parse(File.ReadAllBytes(blob.FullName));
                stacks[manifest.Id] = manifest;
            }
            catch (ImageException)
            {
                // Something else.
            }
        return stacks;
    }
}
