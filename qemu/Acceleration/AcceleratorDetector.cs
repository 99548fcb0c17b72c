using System.Text;
using ImageBuilder.Qemu.Machines;

namespace ImageBuilder.Qemu.Acceleration;

/// <summary>
/// Chooses between KVM and TCG. That /dev/kvm exists and opens proves nothing: on nested machines firmware may run and kernels hang.
/// So a guest of 512 bytes is started that does what kernels do (<c>probe.s</c>), and the verdict is kept until the next boot.
/// </summary>
public static class AcceleratorDetector
{
    private const string Device = "/dev/kvm";
    private const string BootIdFile = "/proc/sys/kernel/random/boot_id";

    /// <summary>The probe takes about 0.2 s on a working KVM.</summary>
    private static readonly TimeSpan ProbeLimit = TimeSpan.FromSeconds(5);

    /// <summary>IB6104 when KVM was demanded and does not work; IB6101 when QEMU is missing.</summary>
    public static async Task<Accelerator> ResolveAsync(AcceleratorChoice choice, CancellationToken cancellation = default)
    {
        if (choice == AcceleratorChoice.Tcg)
            return Accelerator.Tcg;
        return Decide(choice, await JudgeAsync(cancellation));
    }

    /// <summary>The choice that follows from a verdict.</summary>
    internal static Accelerator Decide(AcceleratorChoice choice, KvmVerdict verdict) => (choice, verdict.Works) switch
    {
        (AcceleratorChoice.Tcg, _) => Accelerator.Tcg,
        (_, true) => new Accelerator(true, $"kvm ({verdict.Evidence})"),
        (AcceleratorChoice.Kvm, false) => throw new QemuException("IB6104",
            $"KVM does not work on this machine: {verdict.Evidence}; use --accel tcg (slow), or a host with hardware virtualization"),
        _ => new Accelerator(false, $"tcg, slow, since KVM does not work here ({verdict.Evidence})"),
    };

    private static async Task<KvmVerdict> JudgeAsync(CancellationToken cancellation)
    {
        try
        {
            await using var device = new FileStream(Device, FileMode.Open, FileAccess.ReadWrite);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new KvmVerdict(false, File.Exists(Device)
                ? $"no permission for {Device}; add yourself to the group 'kvm'" : $"{Device} does not exist");
        }
        var cache = CacheFile();
        if (ReadCache(cache) is { } known)
            return known;
        var verdict = await ProbeAsync(cancellation);
        WriteCache(cache, verdict);
        return verdict;
    }

    private static async Task<KvmVerdict> ProbeAsync(CancellationToken cancellation)
    {
        using var folder = new RunFolder();
        var sector = folder["probe.img"];
        await File.WriteAllBytesAsync(sector, ProbeProgram.Sector(), cancellation);
        var messages = new StringBuilder();
        var doomed = new TaskCompletionSource();
        using var process = ChildProcess.Start(HostPrograms.Qemu(),
            ["-nodefaults", "-no-user-config", "-display", "none", "-machine", "pc", "-accel", "kvm", "-cpu", Accelerator.KvmCpuModel, "-m", "64",
             "-drive", $"if=ide,format=raw,file={sector.Replace(",", ",,", StringComparison.Ordinal)}", "-device", "isa-debug-exit"], inheritTerminal: false);
        process.ErrorDataReceived += (_, line) =>
        {
            if (line.Data is null)
                return;
            lock (messages)
                messages.Append(line.Data).Append('\n');
            // QEMU pauses such a guest instead of ending: no need to wait for the limit.
            if (line.Data.StartsWith("KVM internal error", StringComparison.Ordinal))
                doomed.TrySetResult();
        };
        process.BeginErrorReadLine();
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(ProbeLimit);
        int? exitCode = null;
        try
        {
            var exited = process.WaitForExitAsync(limit.Token);
            if (await Task.WhenAny(exited, doomed.Task) == exited)
            {
                await exited;
                exitCode = process.ExitCode;
            }
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
        }
        finally
        {
            ChildProcess.Kill(process);
        }
        lock (messages)
            return KvmVerdict.FromProbe(exitCode, messages.ToString(), ProbeLimit);
    }

    // Another QEMU, kernel or machine may judge otherwise: the name holds the boot and the program.
    private static string CacheFile()
    {
        var boot = File.Exists(BootIdFile) ? File.ReadAllText(BootIdFile).Trim() : "unknown";
        var stamp = File.GetLastWriteTimeUtc(HostPrograms.Qemu()).Ticks;
        return Path.Combine(CacheFolder.Path(), $"kvm-{boot}-{stamp}");
    }

    private static KvmVerdict? ReadCache(string path)
    {
        try
        {
            return KvmVerdict.Deserialize(File.ReadAllText(path).TrimEnd('\n'));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    // The cache only saves time; where it cannot be written, the next run probes again.
    private static void WriteCache(string path, KvmVerdict verdict)
    {
        try
        {
            var folder = Path.GetDirectoryName(path)!;
            Directory.CreateDirectory(folder);
            foreach (var old in Directory.EnumerateFiles(folder, "kvm-*"))
                File.Delete(old);
            File.WriteAllText(path, verdict.Serialize() + "\n");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
        }
    }
}
