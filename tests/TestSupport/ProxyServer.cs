using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace ImageBuilder.TestSupport;

/// <summary>An HTTP proxy on 127.0.0.1 (RFC 9112 3.2.2, RFC 9110 9.3.6): CONNECT, and requests that name the whole URL, which go on as they are. It breaks connections when a test wants that.</summary>
public sealed class ProxyServer : IDisposable
{
    private const int BufferLength = 16 << 10;
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly ConcurrentDictionary<Socket, bool> open = new();
    private long received;

    public ProxyServer()
    {
        listener.Start();
        new Thread(Accept) { IsBackground = true }.Start();
    }

    /// <summary>"127.0.0.1:PORT".</summary>
    public string Host => listener.LocalEndpoint.ToString()!;

    /// <summary>The head of each connection's first request.</summary>
    public ConcurrentQueue<string> Heads { get; } = new();

    /// <summary>For one connection after the other: after so many bytes of the server it is closed. When there is no more, none is.</summary>
    public ConcurrentQueue<long> Cuts { get; } = new();

    /// <summary>The value of Proxy-Authorization that is wanted; null for none.</summary>
    public string? Authorization { get; set; }

    /// <summary>Bytes that clients were given of servers' answers, heads and all.</summary>
    public long Received => Interlocked.Read(ref received);

    public void Dispose()
    {
        listener.Stop();
        foreach (var socket in open.Keys)
            socket.Dispose();
    }

    private void Accept()
    {
        try
        {
            while (true)
            {
                var socket = listener.AcceptSocket();
                open[socket] = true;
                new Thread(() => Serve(socket)) { IsBackground = true }.Start();
            }
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private void Serve(Socket socket)
    {
        try
        {
            using var client = new NetworkStream(socket, ownsSocket: true);
            var head = ReadHead(client);
            Heads.Enqueue(head);
            var words = head.Split(' ');
            if (Authorization is not null && !head.Contains($"Proxy-Authorization: {Authorization}\r\n", StringComparison.OrdinalIgnoreCase))
            {
                client.Write("HTTP/1.1 407 Who are you\r\nProxy-Authenticate: Basic realm=\"test\"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"u8);
                return;
            }
            var target = words[0] == "CONNECT" ? new Uri($"http://{words[1]}") : new Uri(words[1]);
            using var server = new TcpClient { ReceiveBufferSize = BufferLength };
            server.Connect(target.Host, target.Port);
            open[server.Client] = true;
            if (words[0] == "CONNECT")
                client.Write("HTTP/1.1 200 Connected\r\n\r\n"u8);
            else
                server.GetStream().Write(Encoding.Latin1.GetBytes(head));
            new Thread(() => Copy(client, server.GetStream(), long.MaxValue, _ => { })) { IsBackground = true }.Start();
            Copy(server.GetStream(), client, Cuts.TryDequeue(out var cut) ? cut : long.MaxValue, count => Interlocked.Add(ref received, count));
            // All that was passed on arrives before the end does.
            socket.Shutdown(SocketShutdown.Send);
            open.TryRemove(server.Client, out _);
        }
        catch (Exception error) when (error is IOException or SocketException or ObjectDisposedException)
        {
            // A side is gone, or the test is over.
        }
        finally
        {
            open.TryRemove(socket, out _);
        }
    }

    private static string ReadHead(Stream stream)
    {
        var text = new StringBuilder();
        while (!text.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
            text.Append(stream.ReadByte() is >= 0 and var next ? (char)next : throw new IOException("no whole request came"));
        return text.ToString();
    }

    private static void Copy(NetworkStream from, NetworkStream to, long most, Action<int> count)
    {
        try
        {
            var buffer = new byte[BufferLength];
            for (int read; most > 0 && (read = from.Read(buffer, 0, (int)Math.Min(buffer.Length, most))) > 0; most -= read)
            {
                to.Write(buffer, 0, read);
                count(read);
            }
        }
        catch (Exception error) when (error is IOException or ObjectDisposedException)
        {
            // As above.
        }
    }
}
