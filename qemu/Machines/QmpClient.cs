using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace ImageBuilder.Qemu.Machines;

/// <summary>QEMU's control channel: commands and events as lines of JSON (QEMU Machine Protocol).</summary>
internal sealed class QmpClient : IDisposable
{
    private const int LongestStandstill = 2_000_000; // ms, QEMU's largest: a guest that writes to its memory all the time is stopped after one pass over it

    private static readonly TimeSpan WritePause = TimeSpan.FromMilliseconds(20);

    private readonly Socket _listener;
    private readonly SemaphoreSlim _sending = new(1);
    private TaskCompletionSource? _moved; // the state, into a file or out of one
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
                if (message.RootElement.TryGetProperty("error", out var error))
                    _moved?.TrySetException(new IOException(error.GetProperty("desc").GetString()));
                var name = message.RootElement.TryGetProperty("event", out var @event) ? @event.GetString() : null;
                if (name == "RESET")
                    Reset?.Invoke();
                else if (name == "SHUTDOWN")
                    WantsRestart = message.RootElement.GetProperty("data").GetProperty("reason").GetString() == "guest-reset";
                else if (name == "MIGRATION")
                    Moved(message.RootElement.GetProperty("data").GetProperty("status").GetString());
            }
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException or OperationCanceledException or JsonException)
        {
        }
        finally
        {
            _connected.TrySetCanceled(CancellationToken.None);
            _moved?.TrySetException(new IOException("QEMU has ended"));
        }

        void Moved(string? status)
        {
            if (status == "completed")
                _moved?.TrySetResult();
            else if (status == "failed")
                _moved?.TrySetException(new IOException("QEMU says no more"));
        }
    }

    /// <summary>Writes the machine's memory and devices into a file. The machine stands still then, until <see cref="ContinueAsync"/>. IB6324 when it cannot be done.</summary>
    public async Task SaveAsync(string file, CancellationToken cancellation)
    {
        try
        {
            // Not "file:", which QEMU knows since 8.2. "Completed" comes when QEMU has written all; the file is whole when it has its name.
            await MoveAsync("migrate", $"exec:cat > '{file}.part' && mv '{file}.part' '{file}'", cancellation);
        }
        catch (IOException error)
        {
            throw new QemuException("IB6324", $"the machine as it is here cannot be kept: {error.Message}; use 'expect' instead of 'until'", error);
        }
        while (!File.Exists(file))
            await Task.Delay(WritePause, cancellation);
    }

    /// <summary>Gives a machine that waits for it a state from a file, and lets it run. IB6325 when QEMU does not take it.</summary>
    public async Task RestoreAsync(string file, CancellationToken cancellation)
    {
        try
        {
            await MoveAsync("migrate-incoming", $"exec:cat '{file}'", cancellation);
        }
        catch (IOException error)
        {
            throw new QemuException("IB6325", $"QEMU cannot go on with the state in {file}: {error.Message}", error);
        }
    }

    private async Task MoveAsync(string command, string uri, CancellationToken cancellation)
    {
        _moved = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await SendAsync("""{"execute":"migrate-set-capabilities","arguments":{"capabilities":[{"capability":"events","state":true}]}}""");
        await SendAsync($$$"""{"execute":"migrate-set-parameters","arguments":{"max-bandwidth":{{{long.MaxValue}}},"downtime-limit":{{{LongestStandstill}}}}}""");
        await SendAsync($$$"""{"execute":"{{{command}}}","arguments":{"uri":"{{{uri}}}"}}""");
        await _moved.Task.WaitAsync(cancellation);
    }

    /// <summary>Lets a machine go on that stands still.</summary>
    public Task ContinueAsync() => SendAsync("""{"execute":"cont"}""");

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
