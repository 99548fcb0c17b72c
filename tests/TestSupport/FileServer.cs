using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace ImageBuilder.TestSupport;

/// <summary>A web server of files on 127.0.0.1 that does wrong what a test wants done wrong. It speaks HTTP/1.1 by itself, since no good server can be made to.</summary>
public sealed class FileServer : IDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly ConcurrentDictionary<Socket, bool> open = new();
    private readonly string root;
    private readonly X509Certificate2? certificate;
    private volatile bool stopped;

    /// <param name="root">The folder that is served.</param>
    /// <param name="certificate">With a private key: TLS; null for none.</param>
    public FileServer(string root, X509Certificate2? certificate = null)
    {
        (this.root, this.certificate) = (root, certificate);
        listener.Start();
        new Thread(Accept) { IsBackground = true }.Start();
    }

    /// <summary>Ends with '/'.</summary>
    public string Url => $"{(certificate is null ? "http" : "https")}://127.0.0.1:{Port}/";

    public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

    /// <summary>What to answer; null for the file as it is.</summary>
    public Func<FileRequest, FileAnswer?> Answer { get; set; } = _ => null;

    /// <summary>Every request so far.</summary>
    public ConcurrentQueue<FileRequest> Requests { get; } = new();

    /// <summary>Bytes of bodies that were sent so far.</summary>
    public long Sent => Interlocked.Read(ref sent);

    private long sent;

    public void Dispose()
    {
        stopped = true;
        listener.Stop();
        foreach (var socket in open.Keys)
            socket.Dispose();
    }

    private void Accept()
    {
        while (!stopped)
        {
            try
            {
                var socket = listener.AcceptSocket();
                open[socket] = true;
                new Thread(() => Serve(socket)) { IsBackground = true }.Start();
            }
            catch (SocketException)
            {
                return; // stopped
            }
            catch (ObjectDisposedException)
            {
                return;
            }
        }
    }

    private void Serve(Socket socket)
    {
        try
        {
            using var network = new NetworkStream(socket, ownsSocket: true);
            if (certificate is null)
            {
                Serve(network);
                return;
            }
            using var tls = new SslStream(network);
            tls.AuthenticateAsServer(certificate);
            Serve(tls);
        }
        catch (Exception error) when (error is IOException or ObjectDisposedException or SocketException or System.Security.Authentication.AuthenticationException)
        {
            // The client is gone, or the test is over.
        }
        finally
        {
            open.TryRemove(socket, out _);
        }
    }

    private void Serve(Stream stream)
    {
        while (ReadRequest(stream) is { } request)
        {
            Requests.Enqueue(request);
            if (!Send(stream, request, Answer(request) ?? new FileAnswer()))
                return;
        }
    }

    private static FileRequest? ReadRequest(Stream stream)
    {
        var text = new StringBuilder();
        while (!text.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            var next = stream.ReadByte();
            if (next < 0 || text.Length > 65536)
                return null;
            text.Append((char)next);
        }
        var lines = text.ToString().Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var line in lines[1..])
            headers[line.Split(':', 2)[0]] = line.Split(':', 2)[1].Trim();
        var words = lines[0].Split(' ');
        var body = new byte[int.Parse(headers.GetValueOrDefault("Content-Length", "0"), CultureInfo.InvariantCulture)];
        stream.ReadExactly(body);
        return new FileRequest(words[0], words[1], headers, body);
    }

    /// <summary>Sends the answer; false when the connection ends with it.</summary>
    private bool Send(Stream stream, FileRequest request, FileAnswer answer)
    {
        var path = Path.Combine(root, request.Path.Split('?')[0].TrimStart('/'));
        var body = answer.Body ?? (answer.Status is null or 200 && File.Exists(path) ? File.ReadAllBytes(path) : null);
        var status = answer.Status ?? (body is null ? 404 : 200);
        var headers = new StringBuilder();
        var start = 0;
        if (status == 200 && !answer.NoRanges && request.Offset is { } offset)
            if (offset < body!.Length)
            {
                (status, start) = (206, (int)offset);
                headers.Append(CultureInfo.InvariantCulture, $"Content-Range: bytes {start}-{body.Length - 1}/{body.Length}\r\n");
            }
            else
                (status, body) = (416, []);
        var bytes = (body ?? [])[start..];
        if (!answer.NoLength && !answer.Endless)
            headers.Append(CultureInfo.InvariantCulture, $"Content-Length: {answer.Length ?? bytes.Length}\r\n");
        foreach (var header in answer.Headers)
            headers.Append(header).Append("\r\n");
        stream.Write(Encoding.ASCII.GetBytes($"HTTP/1.1 {status} Test\r\n{headers}\r\n"));
        do
            if (!SendBody(stream, bytes, answer))
                return false;
        while (answer.Endless && !stopped);
        return !answer.NoLength && answer.Length is null;
    }

    private bool SendBody(Stream stream, byte[] bytes, FileAnswer answer)
    {
        for (var at = 0; at < bytes.Length;)
        {
            var end = Math.Min(bytes.Length, answer.CutAfter ?? int.MaxValue);
            if (at >= end)
                return false;
            var length = Math.Min(answer.PartLength, end - at);
            if (answer.Pause > TimeSpan.Zero)
                Thread.Sleep(answer.Pause);
            stream.Write(bytes, at, length);
            Interlocked.Add(ref sent, length);
            at += length;
        }
        return true;
    }
}
