using System.Globalization;
using System.Text.RegularExpressions;
using ImageBuilder.Update;
using ImageBuilder.Update.Channels;
using ImageBuilder.Update.Signatures;

namespace ImageBuilder.Agent.Tests.Updates;

/// <summary>
/// Installing a gigabyte from nginx, for `./build.sh bench install`: too slow for every run. The file that IMAGEBUILDER_BENCH names gets the rows of a table; without it nothing is
/// done. Needs root.
/// </summary>
public sealed partial class LargeInstallBench : IDisposable
{
    private const int Layer = 1 << 30, MostMemory = 32 << 20;
    private static readonly string? Results = Environment.GetEnvironmentVariable("IMAGEBUILDER_BENCH");
    private readonly SecretKey key = SecretKey.Generate();
    private readonly TestRepository repository;

    public LargeInstallBench() => repository = new TestRepository(key);

    public void Dispose()
    {
        repository.Dispose();
        key.Dispose();
    }

    [RootFact("nginx", "unshare", "losetup", "mke2fs", "mksquashfs", "strace", "python3")]
    public void A_gigabyte_takes_little_memory_and_is_written_to_its_place_only()
    {
        if (Results is not { Length: > 0 } || !DeviceProgram.IsThere)
            return;
        var layer = repository.Random(Layer);
        Tool.Run("chmod", "-R", "a+rX", repository.Path);
        using var nginx = new NginxServer(repository.Path);
        var update = new UpdateSettings { Url = nginx.Url, Keys = [new TrustedKey(key.Public, null)] };
        var settings = new ImageSettings { Name = "appliance", Version = "1.0.0", Upper = "persistent", Update = update };
        foreach (var (name, prepare) in ((string, string)[])[("with libcrypto", ""), ("without", "rm -f $ROOT/lib/*/libcrypto.so.3")])
        {
            using var system = new BootedSystem(settings: settings, dataMiB: 1200);
            repository.Publish(system.Disk!.Factory with { Version = "2.0.0", Layers = [layer, .. system.Disk.Factory.Layers], Boot = repository.Random(1_000_001) }, 1);
            var (code, output) = DeviceProgram.Run(system, $$"""
                {{prepare}}
                cat > $F/measure <<'PYTHON'
                import os, resource, subprocess, sys, time
                start = time.monotonic()
                code = subprocess.call(["chroot", os.environ["ROOT"], "/usr/bin/imageagent", *sys.argv[1:]], stdout=sys.stderr)
                used = resource.getrusage(resource.RUSAGE_CHILDREN)
                print("measured", round(time.monotonic() - start, 2), round(used.ru_utime, 2), round(used.ru_stime, 2), used.ru_maxrss)
                sys.exit(code)
                PYTHON
                python3 $F/measure install && python3 $F/measure verify
                """);
            Assert.True(code == 0, output);
            var measured = Measured().Matches(output).Select(match => match.Groups).ToList();
            Assert.Equal(2, measured.Count);
            foreach (var (what, groups) in ((string, GroupCollection)[])[("install", measured[0]), ("verify", measured[1])])
            {
                var kilobytes = long.Parse(groups[4].Value, CultureInfo.InvariantCulture);
                File.AppendAllText(Results, string.Create(CultureInfo.InvariantCulture, $"| {what}, {name} | {groups[1]} | {groups[2]} | {groups[3]} | {kilobytes / 1024.0:0.0} |\n"));
                Assert.InRange(kilobytes << 10, 1, MostMemory);
            }
        }
        using var traced = new BootedSystem(settings: settings, dataMiB: 1200);
        var (traceCode, said) = DeviceProgram.Run(traced, DeviceTrace.Command + " chroot $ROOT /usr/bin/imageagent install");
        Assert.True(traceCode == 0, said);
        DeviceTrace.RequireOnlyItsOwnWrites(traced);
    }

    [GeneratedRegex(@"measured ([0-9.]+) ([0-9.]+) ([0-9.]+) (\d+)")]
    private static partial Regex Measured();
}
