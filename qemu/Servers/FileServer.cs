using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace ImageBuilder.Qemu.Servers;

/// <summary>
/// A web server for guests: the files of one folder, on 127.0.0.1, and as badly as asked. It speaks HTTP/1.1 by itself: HttpListener listens on the address that a guest asks
/// for, which is none of the host's, or on all of them; and no good server can be made to break off in the middle.
/// </summary>
internal sealed class FileServer : IAsyncDisposable
{
    /// <summary>Where a guest finds the host's 127.0.0.1 in QEMU's user network (QEMU, "Using the user mode network stack").</summary>
    private const string HostForGuests = "10.0.2.2";
    private const int ChunkLength = 16 << 10;
    private const int MaxRequest = 16 << 10;

    private readonly TcpListener _listener;
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<Task, bool> _connections = new();
    private readonly Task _loop;

    /// <param name="folder">What is served; null for nothing yet.</param>
    /// <param name="port">On 127.0.0.1; 0 for any that is free.</param>
    /// <exception cref="QemuException">IB6323: the port is taken.</exception>
    public FileServer(string? folder, int port)
    {
        Folder = folder;
        _listener = new TcpListener(IPAddress.Loopback, port);
        try
        {
            _listener.Start();
        }
        catch (SocketException error)
        {
            throw new QemuException("IB6323", $"port {port} of 127.0.0.1 cannot be used to serve {folder ?? "files"}: {error.Message}; give another one with 'port'", error);
        }
        _loop = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>What is served; null for nothing.</summary>
    public string? Folder { get; set; }

    /// <summary>The server's address for the guest.</summary>
    public string Url => string.Create(CultureInfo.InvariantCulture, $"http://{HostForGuests}:{Port}");

    /// <summary>What it does wrong now; a connection looks at it before each part.</summary>
    public ServerFaults Faults { get; set; } = new();

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _loop;
        await Task.WhenAll(_connections.Keys);
        _listener.Dispose();
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var task = ServeAsync(await _listener.AcceptSocketAsync(_stop.Token));
                _connections[task] = true;
                _ = task.ContinueWith(done => _connections.TryRemove(done, out _), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
            }
        }
        catch (OperationCanceledException)
        {
            // The end of the server.
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        try
        {
            await using var stream = new NetworkStream(socket, ownsSocket: true);
            while (await ReadRequestAsync(stream) is { } request && await AnswerAsync(stream, request))
            {
            }
        }
        catch (Exception error) when (error is IOException or SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // The guest is gone, or the scenario is over.
        }
    }

    /// <summary>The lines of a request's head; null at the connection's end.</summary>
    private async Task<string[]?> ReadRequestAsync(NetworkStream stream)
    {
        var (buffer, length) = (new byte[MaxRequest], 0);
        while (length < buffer.Length)
        {
            var read = await stream.ReadAsync(buffer.AsMemory(length), _stop.Token);
            if (read == 0)
                return null;
            length += read;
            if (buffer.AsSpan(0, length).EndsWith("\r\n\r\n"u8)) // a client waits for the answer before it asks again
                return Encoding.ASCII.GetString(buffer, 0, length).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        }
        return null;
    }

    /// <summary>Answers; false when the connection ends with that.</summary>
    private async Task<bool> AnswerAsync(NetworkStream stream, string[] request)
    {
        var words = request[0].Split(' ');
        var folder = Path.GetFullPath(Folder ?? "/");
        var path = Path.GetFullPath(Path.Combine(folder, Uri.UnescapeDataString(words.Length > 1 ? words[1].Split('?')[0] : "").TrimStart('/')));
        if (Faults.Off || Folder is null || !path.StartsWith(folder + Path.DirectorySeparatorChar, StringComparison.Ordinal) || !File.Exists(path))
        {
            await WriteHeadAsync(stream, Faults.Off ? "503 Service Unavailable" : "404 Not Found", "Content-Length: 0\r\n");
            return true;
        }
        await using var file = File.OpenRead(path);
        var (status, headers) = ("200 OK", "");
        if (FirstByte(request) is { } first && first < file.Length)
        {
            (status, headers) = ("206 Partial Content", string.Create(CultureInfo.InvariantCulture, $"Content-Range: bytes {first}-{file.Length - 1}/{file.Length}\r\n"));
            file.Position = first;
        }
        var endless = Faults.Endless; // then the connection's end is the body's
        await WriteHeadAsync(stream, status, headers + (endless ? "Connection: close\r\n" : string.Create(CultureInfo.InvariantCulture, $"Content-Length: {file.Length - file.Position}\r\n")));
        return words[0] == "HEAD" || await SendAsync(file, stream, endless);
    }

    private async Task WriteHeadAsync(NetworkStream stream, string status, string headers) =>
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 {status}\r\n{headers}\r\n"), _stop.Token);

    /// <summary>Sends a file from where it stands; false when the connection ends with that.</summary>
    private async Task<bool> SendAsync(FileStream file, NetworkStream stream, bool endless)
    {
        var buffer = new byte[ChunkLength];
        for (long sent = 0; ;)
        {
            var faults = Faults;
            // A slow server gives a little at a time, not a lot and then nothing.
            var read = await file.ReadAsync(buffer.AsMemory(0, (int)Math.Clamp(faults.Rate ?? ChunkLength, 1, ChunkLength)), _stop.Token);
            if (read == 0 && !endless)
                return true;
            if (read == 0)
                (read, _) = (buffer.Length, file.Position = 0);
            if (faults.Flip && sent == 0)
                buffer[read / 2] ^= 1;
            if (faults.CutAfter is { } cut && sent + read > cut)
            {
                await stream.WriteAsync(buffer.AsMemory(0, (int)Math.Max(0, cut - sent)), _stop.Token);
                return false;
            }
            await stream.WriteAsync(buffer.AsMemory(0, read), _stop.Token);
            sent += read;
            if (faults.Rate is { } rate)
                await Task.Delay(TimeSpan.FromSeconds((double)read / rate), _stop.Token);
        }
    }

    // Only "bytes=N-": what a client that goes on asks for.
    private static long? FirstByte(string[] request)
    {
        const string Header = "Range: bytes=";
        foreach (var line in request)
            if (line.StartsWith(Header, StringComparison.OrdinalIgnoreCase) && line.EndsWith('-')
                && long.TryParse(line.AsSpan(Header.Length, line.Length - Header.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var first))
                return first;
        return null;
    }
}
