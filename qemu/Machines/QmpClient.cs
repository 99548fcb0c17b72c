using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace ImageBuilder.Qemu.Machines;

/// <summary>QEMU's control channel: commands and events as lines of JSON (QEMU Machine Protocol).</summary>
internal sealed class QmpClient : IDisposable
{
    private readonly Socket _listener;
    private readonly SemaphoreSlim _sending = new(1);
    private TaskCompletionSource<NetworkStream> _connected = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Listens for QEMU at the path.</summary>
    public QmpClient(string path) => _listener = UnixSocket.Listen(path);

    /// <summary>The machine was reset and QEMU goes on.</summary>
    public event Action? Reset;

    /// <summary>True when QEMU ended because the machine was to be reset (-action reboot=shutdown).</summary>
    public bool WantsRestart { get; private set; }

    /// <summary>Accepts QEMU and reads events until it goes.</summary>
    /// <param name="gone">Ends the wait for a QEMU that will not connect any more.</param>
    public async Task RunAsync(CancellationToken gone)
    {
        WantsRestart = false;
        if (_connected.Task.IsCompleted)
            _connected = new TaskCompletionSource<NetworkStream>(TaskCreationOptions.RunContinuationsAsynchronously);
        try
        {
            using var socket = await _listener.AcceptAsync(gone);
            await using var stream = new NetworkStream(socket);
            using var reader = new StreamReader(stream, Encoding.UTF8);
            await reader.ReadLineAsync(CancellationToken.None);                   // the greeting
            await WriteAsync(stream, """{"execute":"qmp_capabilities"}""");
            _connected.TrySetResult(stream);
            while (await reader.ReadLineAsync(CancellationToken.None) is { } line)
            {
                using var message = JsonDocument.Parse(line);
                var name = message.RootElement.TryGetProperty("event", out var @event) ? @event.GetString() : null;
                if (name == "RESET")
                    Reset?.Invoke();
                else if (name == "SHUTDOWN")
                    WantsRestart = message.RootElement.GetProperty("data").GetProperty("reason").GetString() == "guest-reset";
            }
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException or OperationCanceledException or JsonException)
        {
        }
        finally
        {
            _connected.TrySetCanceled(CancellationToken.None);
        }
    }

    /// <summary>Presses the power button (ACPI).</summary>
    public Task PowerButtonAsync() => SendAsync("""{"execute":"system_powerdown"}""");

    /// <summary>Presses Ctrl-Alt-Delete, which systemd and other inits take as "reboot".</summary>
    public Task CtrlAltDeleteAsync() => SendAsync(
        """{"execute":"send-key","arguments":{"keys":[{"type":"qcode","data":"ctrl"},{"type":"qcode","data":"alt"},{"type":"qcode","data":"delete"}]}}""");

    public void Dispose()
    {
        _listener.Dispose();
        _sending.Dispose();
    }

    private async Task SendAsync(string command) => await WriteAsync(await _connected.Task, command);

    private async Task WriteAsync(NetworkStream stream, string command)
    {
        await _sending.WaitAsync();
        try
        {
            await stream.WriteAsync(Encoding.UTF8.GetBytes(command + "\n"));
        }
        finally
        {
            _sending.Release();
        }
    }
}
