using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace ImageBuilder.Qemu.Machines;

/// <summary>QEMU's control channel: commands and events as lines of JSON (QEMU Machine Protocol).</summary>
internal sealed class QmpClient : IDisposable
{
    private readonly Socket _listener;
    private readonly SemaphoreSlim _sending = new(1);
    private readonly TaskCompletionSource<NetworkStream> _connected = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Listens for QEMU at the path.</summary>
    public QmpClient(string path) => _listener = UnixSocket.Listen(path);

    /// <summary>The guest or someone else reset the machine.</summary>
    public event Action? Reset;

    /// <summary>Accepts QEMU and reads events until it goes.</summary>
    public async Task RunAsync()
    {
        try
        {
            using var socket = await _listener.AcceptAsync();
            await using var stream = new NetworkStream(socket);
            using var reader = new StreamReader(stream, Encoding.UTF8);
            await reader.ReadLineAsync();                   // the greeting
            await WriteAsync(stream, """{"execute":"qmp_capabilities"}""");
            _connected.TrySetResult(stream);
            while (await reader.ReadLineAsync() is { } line)
            {
                using var message = JsonDocument.Parse(line);
                if (message.RootElement.TryGetProperty("event", out var name) && name.GetString() == "RESET")
                    Reset?.Invoke();
            }
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException or JsonException)
        {
        }
        finally
        {
            _connected.TrySetCanceled();
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
