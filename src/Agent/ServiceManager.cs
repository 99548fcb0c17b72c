using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace ImageBuilder.Agent;

/// <summary>What a service tells systemd, sd_notify(3): datagrams to the socket that NOTIFY_SOCKET names. Without one, as on a terminal, nothing is told, and no error is one.</summary>
internal sealed class ServiceManager : IDisposable
{
    // How long a manager that does not read is waited for with what it has to know. Progress and signs of life are not worth any waiting.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);
    private readonly Socket? socket;
    private readonly TimeSpan interval;
    private readonly Stopwatch sinceAlive = new();
    private string status = "";

    /// <param name="variable">Reads a variable of the environment.</param>
    public ServiceManager(Func<string, string?> variable)
    {
        // For us only when it names us, or nobody: children inherit the variables.
        if (variable("WATCHDOG_PID") is not { Length: > 0 } process || process == Environment.ProcessId.ToString(CultureInfo.InvariantCulture))
            interval = long.TryParse(variable("WATCHDOG_USEC"), NumberStyles.None, CultureInfo.InvariantCulture, out var microseconds) ? TimeSpan.FromMicroseconds(microseconds) / 2 : TimeSpan.Zero;
        if (variable("NOTIFY_SOCKET") is not { Length: > 1 } path || path[0] is not ('/' or '@'))
            return;
        // Not blocking: a manager whose queue is full would stop the agent for ever, also when it is told to end.
        var made = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified) { Blocking = false };
        try
        {
            made.Connect(new UnixDomainSocketEndPoint(path[0] == '@' ? "\0" + path[1..] : path));
            socket = made;
        }
        catch (Exception error) when (error is SocketException or ArgumentException)
        {
            made.Dispose();
        }
    }

    /// <summary>Of this process.</summary>
    public static ServiceManager Create() => new(Environment.GetEnvironmentVariable);

    /// <summary>How often <see cref="Alive"/> has to be called at least; null when nobody watches.</summary>
    public TimeSpan? WatchdogInterval => interval > TimeSpan.Zero ? interval : null;

    /// <summary>The service does its work now (Type=notify).</summary>
    public void Ready() => Send("READY=1", Patience);

    /// <summary>The service is about to end.</summary>
    public void Stopping() => Send("STOPPING=1", Patience);

    /// <summary>One line for `systemctl status`.</summary>
    public void Status(string text)
    {
        text = text.ReplaceLineEndings(" ");
        if (text == status)
            return;
        status = text;
        Send("STATUS=" + text, TimeSpan.Zero);
    }

    /// <summary>Feeds the service's watchdog; as often as one likes.</summary>
    public void Alive()
    {
        if (interval == TimeSpan.Zero || (sinceAlive.IsRunning && sinceAlive.Elapsed < interval / 2))
            return;
        sinceAlive.Restart();
        Send("WATCHDOG=1", TimeSpan.Zero);
    }

    /// <summary>The start may take so much longer (Type=notify, before <see cref="Ready"/>).</summary>
    public void ExtendTimeout(TimeSpan time) => Send($"EXTEND_TIMEOUT_USEC={((long)time.TotalMicroseconds).ToString(CultureInfo.InvariantCulture)}", Patience);

    public void Dispose() => socket?.Dispose();

    private void Send(string message, TimeSpan patience)
    {
        try
        {
            if (socket?.Poll(patience, SelectMode.SelectWrite) is true)
                socket.Send(Encoding.UTF8.GetBytes(message));
        }
        catch (SocketException)
        {
            // The manager restarts, or its queue is full: what was to be told is worth less than the work.
        }
    }
}
