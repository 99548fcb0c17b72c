using System.Globalization;
using System.Net;

namespace ImageBuilder.Qemu.Servers;

/// <summary>A web server for guests: the files of one folder, on 127.0.0.1, and as badly as asked.</summary>
internal sealed class FileServer : IAsyncDisposable
{
    /// <summary>Where a guest finds the host's 127.0.0.1 in QEMU's user network (QEMU, "Using the user mode network stack").</summary>
    private const string HostForGuests = "10.0.2.2";
    private const int ChunkLength = 16 << 10;

    private readonly HttpListener _listener = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly string _folder;
    private readonly Task _loop;

    /// <param name="folder">What is served.</param>
    /// <param name="port">On 127.0.0.1.</param>
    /// <exception cref="QemuException">IB6323: the port is taken.</exception>
    public FileServer(string folder, int port)
    {
        (_folder, Port) = (Path.GetFullPath(folder), port);
        _listener.Prefixes.Add($"http://127.0.0.1:{port}/");
        _listener.Prefixes.Add($"http://{HostForGuests}:{port}/"); // the name that guests ask for
        try
        {
            _listener.Start();
        }
        catch (HttpListenerException error)
        {
            throw new QemuException("IB6323", $"port {port} of 127.0.0.1 cannot be used to serve {folder}: {error.Message}; give another one with 'port'", error);
        }
        _loop = ServeAsync();
    }

    public int Port { get; }

    /// <summary>The server's address for the guest.</summary>
    public string Url => string.Create(CultureInfo.InvariantCulture, $"http://{HostForGuests}:{Port}");

    /// <summary>What it does wrong now.</summary>
    public ServerFaults Faults { get; set; } = new();

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Close();
        await _loop;
        _stop.Dispose();
    }

    private async Task ServeAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                _ = AnswerAsync(await _listener.GetContextAsync());
            }
            catch (Exception error) when (error is HttpListenerException or ObjectDisposedException or InvalidOperationException)
            {
                return; // closed
            }
        }
    }

    private async Task AnswerAsync(HttpListenerContext context)
    {
        var response = context.Response;
        try
        {
            var path = Path.GetFullPath(Path.Combine(_folder, context.Request.Url!.AbsolutePath.TrimStart('/')));
            if (Faults.Off || !path.StartsWith(_folder + Path.DirectorySeparatorChar, StringComparison.Ordinal) || !File.Exists(path))
            {
                response.StatusCode = (int)(Faults.Off ? HttpStatusCode.ServiceUnavailable : HttpStatusCode.NotFound);
                response.Close();
                return;
            }
            await using var file = File.OpenRead(path);
            if (FirstByte(context.Request.Headers["Range"]) is { } first && first < file.Length)
            {
                response.StatusCode = (int)HttpStatusCode.PartialContent;
                response.Headers["Content-Range"] = string.Create(CultureInfo.InvariantCulture, $"bytes {first}-{file.Length - 1}/{file.Length}");
                file.Position = first;
            }
            if (Faults.Endless)
                response.SendChunked = true;
            else
                response.ContentLength64 = file.Length - file.Position;
            await SendAsync(file, response, context.Request.HttpMethod == "HEAD");
        }
        catch (Exception error) when (error is IOException or HttpListenerException or ObjectDisposedException or OperationCanceledException or InvalidOperationException)
        {
            response.Abort();
        }
    }

    private async Task SendAsync(FileStream file, HttpListenerResponse response, bool headOnly)
    {
        var buffer = new byte[ChunkLength];
        long sent = 0;
        while (!headOnly && !_stop.IsCancellationRequested)
        {
            var read = await file.ReadAsync(buffer, _stop.Token);
            if (read == 0 && !Faults.Endless)
                break;
            if (read == 0)
                (read, _) = (buffer.Length, file.Position = 0);
            if (Faults.Flip && sent == 0)
                buffer[read / 2] ^= 1;
            if (Faults.CutAfter is { } cut && sent + read > cut)
            {
                await response.OutputStream.WriteAsync(buffer.AsMemory(0, (int)(cut - sent)), _stop.Token);
                response.Abort();
                return;
            }
            await response.OutputStream.WriteAsync(buffer.AsMemory(0, read), _stop.Token);
            sent += read;
            if (Faults.Rate is { } rate)
                await Task.Delay(TimeSpan.FromSeconds((double)read / rate), _stop.Token);
        }
        response.Close();
    }

    // Only "bytes=N-": what a client that goes on asks for.
    private static long? FirstByte(string? range) =>
        range is not null && range.StartsWith("bytes=", StringComparison.Ordinal) && range.EndsWith('-')
        && long.TryParse(range.AsSpan("bytes=".Length, range.Length - "bytes=-".Length), NumberStyles.None, CultureInfo.InvariantCulture, out var first) ? first : null;
}
