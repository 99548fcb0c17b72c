using System.Globalization;
using System.Net.Sockets;
using System.Text;
using ImageBuilder.Agent.Progress;

namespace ImageBuilder.Agent.Tests;

/// <summary>What systemd is told, by a socket of our own.</summary>
public sealed class ServiceManagerTests : IDisposable
{
    private readonly TempFolder folder = new();
    private readonly Socket socket = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified) { ReceiveTimeout = 10_000 };
    private readonly Dictionary<string, string> variables = [];

    public void Dispose()
    {
        socket.Dispose();
        folder.Dispose();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_manager_is_told_by_a_socket_in_a_file_or_in_the_abstract(bool isAbstract)
    {
        var path = folder["notify"];
        socket.Bind(new UnixDomainSocketEndPoint(isAbstract ? "\0" + path : path));
        variables["NOTIFY_SOCKET"] = isAbstract ? "@" + path : path;
        using var manager = new ServiceManager(variables.GetValueOrDefault);
        manager.Ready();
        manager.Status("downloading\nlayer");
        manager.Status("downloading\nlayer");
        manager.Alive(); // nobody watches
        manager.Stopping();
        Assert.Equal(["READY=1", "STATUS=downloading layer", "STOPPING=1"], [Receive(), Receive(), Receive()]);
        Assert.Equal(0, socket.Available);
    }

    [Fact]
    public void The_watchdog_is_fed_by_progress()
    {
        socket.Bind(new UnixDomainSocketEndPoint(folder["notify"]));
        variables["NOTIFY_SOCKET"] = folder["notify"];
        variables["WATCHDOG_USEC"] = "20000000";
        variables["WATCHDOG_PID"] = Environment.ProcessId.ToString(CultureInfo.InvariantCulture);
        using var manager = new ServiceManager(variables.GetValueOrDefault);
        Assert.Equal(TimeSpan.FromSeconds(10), manager.WatchdogInterval);
        var progress = new ServiceProgress(manager, _ => { }, TimeProvider.System);
        progress.Begin("download", "downloading");
        for (var i = 0; i < 1000; i++)
            progress.Advance(i, 1000);
        Assert.Equal(["WATCHDOG=1", "STATUS=downloading"], [Receive(), Receive()]);
        Assert.Equal(0, socket.Available);
        variables["WATCHDOG_PID"] = "1";
        using var other = new ServiceManager(variables.GetValueOrDefault);
        Assert.Null(other.WatchdogInterval);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("/nowhere/at/all")]
    [InlineData("vsock:2:1")]
    public void Without_a_manager_nothing_is_told(string? path)
    {
        if (path is not null)
            variables["NOTIFY_SOCKET"] = path;
        using var manager = new ServiceManager(variables.GetValueOrDefault);
        manager.Ready();
        manager.Status("x");
        manager.Alive();
    }

    [Fact]
    public void A_manager_that_does_not_read_holds_nobody_up()
    {
        socket.Bind(new UnixDomainSocketEndPoint(folder["notify"]));
        variables["NOTIFY_SOCKET"] = folder["notify"];
        using var manager = new ServiceManager(variables.GetValueOrDefault);
        var clock = System.Diagnostics.Stopwatch.StartNew();
        for (var i = 0; i < 5000; i++) // far more than a queue takes
            manager.Status($"{i}");
        manager.Stopping();
        Assert.InRange(clock.Elapsed.TotalSeconds, 0.9, 9); // the last word has a second
        Assert.Equal("STATUS=0", Receive());
    }

    private string Receive()
    {
        var buffer = new byte[4096];
        return Encoding.UTF8.GetString(buffer, 0, socket.Receive(buffer));
    }
}
