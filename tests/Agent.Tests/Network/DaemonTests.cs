using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text;
using ImageBuilder.Agent.Tests.Updates;
using ImageBuilder.Update;
using ImageBuilder.Update.State;

namespace ImageBuilder.Agent.Tests.Network;

/// <summary>`imageagent daemon`, the native program, as systemd runs it. Needs root.</summary>
public class DaemonTests(PublishedRepository published) : IClassFixture<PublishedRepository>
{
    // What asks for a restart notes it instead.
    private const string Systemctl = """
        mkdir -p $ROOT/bin $ROOT/usr/bin $F/run/systemd/system
        cp $(command -v busybox) $ROOT/bin/sh
        printf '#!/bin/sh\necho "$@" >> /run/asked\n' > $ROOT/usr/bin/systemctl
        chmod 755 $ROOT/usr/bin/systemctl
        trap '[ -z "$pid" ] || kill -9 $pid 2>/dev/null' EXIT
        daemon() { chroot $ROOT /usr/bin/imageagent daemon --now & pid=$!; }
        reach() { for i in $(seq 600); do [ -s $1 ] && return; sleep 0.05; done; echo "never reached: $1"; exit 9; }
        finish() { sleep 0.3; kill -TERM $pid; wait $pid || exit 8; }
        """;

    [RootFact("busybox", "unshare", "losetup", "mke2fs", "mksquashfs")]
    public void It_installs_once_asks_for_a_restart_and_ends_when_it_is_told_to()
    {
        if (!PublishedRepository.IsThere)
            return;
        using var server = new FileServer(published.Path);
        using var device = published.NewDevice(new UpdateSettings { Url = server.Url });
        using var manager = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        manager.Bind(new UnixDomainSocketEndPoint($"{device.Run}/notify"));
        var told = new ConcurrentQueue<string>();
        new Thread(() => Listen(manager, told)) { IsBackground = true }.Start();
        server.Answer = request =>
        {
            // The last thing that a look asks for.
            if (File.Exists($"{device.Run}/asked") && request.Path.EndsWith(published.Stack.Id.ToString(), StringComparison.Ordinal))
                File.WriteAllText($"{device.Run}/again", "looked");
            return null;
        };
        var (code, output) = DeviceProgram.Run(device, $"""
            {Systemctl}
            export NOTIFY_SOCKET=/run/notify
            daemon; reach $F/run/asked; finish
            daemon; reach $F/run/again; finish
            """);
        Assert.True(code == 0, output);
        Assert.Matches(@"sample 2\.0\.0 \(\w+\) is installed; the system restarts to try it", output);
        Assert.Equal("reboot\n", File.ReadAllText($"{device.Run}/asked"));
        published.RequireInstalled(device);
        Assert.Equal(["READY=1", "STOPPING=1", "READY=1", "STOPPING=1"], told.Where(message => !message.StartsWith("STATUS=", StringComparison.Ordinal)));
        Assert.Contains(told, message => message.StartsWith("STATUS=sample 2.0.0 ", StringComparison.Ordinal) && message.Contains("it is installed in slot B", StringComparison.Ordinal));
    }

    [RootFact("busybox", "unshare", "losetup", "mke2fs", "mksquashfs")]
    public void It_outlives_a_failure_and_waits_for_its_window()
    {
        if (!PublishedRepository.IsThere)
            return;
        using var server = new FileServer(published.Path);
        string At(int hours) => DateTime.UtcNow.AddHours(hours).ToString("HH:mm", CultureInfo.InvariantCulture);
        using var device = published.NewDevice(new UpdateSettings { Url = server.Url, Window = $"{At(2)}-{At(3)}", Interval = 3600 });
        server.Answer = request => File.Exists($"{device.Run}/failed") ? null : new FileAnswer { Status = 404 };
        var (code, output) = DeviceProgram.Run(device, $"""
            {Systemctl}
            exec 2>&1 > $F/run/log 2>&1
            said() {"{"} for i in $(seq 600); do grep -q "$1" $F/run/log && return; sleep 0.05; done; cat $F/run/log; exit 9; {"}"}
            daemon; said 'again in'; finish
            echo 1 > $F/run/failed
            daemon; said 'when the window'; finish
            """);
        var log = File.ReadAllText($"{device.Run}/log");
        Assert.True(code == 0, output + log);
        Assert.Matches("IB6121.*; again in [3-6][0-9] s", log);
        Assert.Matches(@"sample 2\.0\.0 \(\w+\) is installed when the window", log);
        Assert.Equal((InstallPhase.Idle, false), (device.Record.Phase, File.Exists($"{device.Run}/asked")));
    }

    [RootFact("busybox", "unshare", "losetup", "mke2fs", "mksquashfs")]
    public void It_loads_no_faster_than_the_image_says()
    {
        if (!PublishedRepository.IsThere)
            return;
        using var server = new FileServer(published.Path);
        var rate = published.Download / 3; // bytes per second
        using var device = published.NewDevice(new UpdateSettings { Url = server.Url, Rate = rate });
        Stopwatch? loading = null;
        server.Answer = request =>
        {
            // The base is the first that is loaded; documents before it count, too, and are small.
            if (published.Stack.Layers.Any(layer => request.Path.EndsWith(layer.Sha256, StringComparison.Ordinal)))
                loading ??= Stopwatch.StartNew();
            return null;
        };
        var (code, output) = DeviceProgram.Run(device, $"{Systemctl}\ndaemon; reach $F/run/asked; finish");
        Assert.True(code == 0, output);
        // A second's worth may come at once.
        Assert.True(loading!.Elapsed > TimeSpan.FromSeconds(1.9), $"{published.Download} bytes in {loading.Elapsed.TotalSeconds} s, with {rate} a second");
        published.RequireInstalled(device);
    }

    private static void Listen(Socket manager, ConcurrentQueue<string> told)
    {
        var buffer = new byte[4096];
        try
        {
            while (true)
                told.Enqueue(Encoding.UTF8.GetString(buffer, 0, manager.Receive(buffer)));
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }
}
