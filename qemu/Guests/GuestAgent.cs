using System.Net.Sockets;
using System.Text;
using System.Threading.Channels;
using ImageBuilder.Qemu.Machines;

namespace ImageBuilder.Qemu.Guests;

/// <summary>The host's end of <see cref="GuestAgentUnit"/>'s channel.</summary>
public sealed class GuestAgent : IGuestShell, IDisposable
{
    private readonly Socket _listener;
    private readonly Lock _lock = new();
    private Channel<string> _answers = Channel.CreateUnbounded<string>();
    private NetworkStream? _stream;
    private TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Listens for QEMU at the path.</summary>
    internal GuestAgent(string path) => _listener = UnixSocket.Listen(path);

    /// <summary>True when the unit in the guest has said that it serves.</summary>
    public bool IsReady
    {
        get
        {
            lock (_lock)
                return _ready.Task.IsCompletedSuccessfully;
        }
    }

    /// <summary>Waits for the unit in the guest; false when the time is over first.</summary>
    public async Task<bool> WaitReadyAsync(TimeSpan timeout, CancellationToken cancellation = default)
    {
        Task ready;
        lock (_lock)
            ready = _ready.Task;
        try
        {
            await ready.WaitAsync(timeout, cancellation);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    /// <inheritdoc/>
    public async Task<CommandResult> RunAsync(string command, TimeSpan timeout, CancellationToken cancellation = default)
    {
        ChannelReader<string> answers;
        lock (_lock)
            answers = _answers.Reader;
        await SendAsync(command, cancellation);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(timeout);
        try
        {
            return ParseAnswer(await answers.ReadAsync(limit.Token));
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new QemuException("IB6304", $"the command did not end within {timeout.TotalSeconds:0.#} s");
        }
        catch (ChannelClosedException)
        {
            throw new QemuException("IB6302", "the machine stopped while the command ran");
        }
    }

    /// <summary>Starts a command whose answer may never come, such as a reboot.</summary>
    internal async Task SendAsync(string command, CancellationToken cancellation)
    {
        var stream = _stream ?? throw new QemuException("IB6302", "the machine is not running");
        var line = Convert.ToBase64String(Encoding.UTF8.GetBytes(command)) + "\n";
        try
        {
            await stream.WriteAsync(Encoding.ASCII.GetBytes(line), cancellation);
        }
        catch (IOException e)
        {
            throw new QemuException("IB6302", "the machine stopped before the command could be sent", e);
        }
    }

    /// <summary>The machine was reset: whoever answered is gone, the next one will greet again.</summary>
    internal void Forget()
    {
        lock (_lock)
        {
            if (_ready.Task.IsCompleted)
                _ready = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _answers.Writer.TryComplete();
            _answers = Channel.CreateUnbounded<string>();
        }
    }

    /// <summary>The machine goes on from a state in which the unit had greeted: it will not do that again.</summary>
    internal void GoOn()
    {
        lock (_lock)
            _ready.TrySetResult();
    }

    /// <summary>Accepts QEMU and reads lines until it goes.</summary>
    /// <param name="gone">Ends the wait for a QEMU that will not connect any more.</param>
    internal async Task ServeAsync(CancellationToken gone)
    {
        try
        {
            using var socket = await _listener.AcceptAsync(gone);
            await using var stream = _stream = new NetworkStream(socket);
            using var reader = new StreamReader(stream, Encoding.ASCII);
            while (await reader.ReadLineAsync(CancellationToken.None) is { } line)
                Receive(line);
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException or OperationCanceledException)
        {
        }
        finally
        {
            _stream = null;
            lock (_lock)
                _answers.Writer.TryComplete();
        }
    }

    /// <summary>Decodes one answer line; IB6305 when it is not one.</summary>
    internal static CommandResult ParseAnswer(string line)
    {
        var bytes = new byte[line.Length];
        if (!Convert.TryFromBase64String(line, bytes, out var length))
            throw Garbled(line);
        var text = Encoding.UTF8.GetString(bytes, 0, length);
        var end = text.LastIndexOf('\n');
        if (end < 0 || !int.TryParse(text.AsSpan(end + 1), out var exitCode))
            throw Garbled(line);
        return new CommandResult(exitCode, text[..end]);
    }

    public void Dispose() => _listener.Dispose();

    private void Receive(string line)
    {
        lock (_lock)
        {
            // The unit restarts with the system; a greeting in the middle of a line belongs to the one that is there now.
            if (line.Contains(GuestAgentUnit.Greeting, StringComparison.Ordinal))
                _ready.TrySetResult();
            else
                _answers.Writer.TryWrite(line);
        }
    }

    private static QemuException Garbled(string line) =>
        new("IB6305", $"the guest's answer is not one of the test channel: '{(line.Length > 60 ? line[..60] + "…" : line)}'");
}
