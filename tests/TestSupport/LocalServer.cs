using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace ImageBuilder.TestSupport;

/// <summary>A server of another project on a free port of 127.0.0.1, as long as a test needs it.</summary>
public abstract class LocalServer : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly Process process;

    /// <summary>Starts it, and waits until it takes connections.</summary>
    /// <param name="program">The server.</param>
    /// <param name="arguments">Given the server's folder and the port, after its configuration is written.</param>
    protected LocalServer(string program, Func<TempFolder, int, string[]> arguments)
    {
        Port = FreePort();
        var start = new ProcessStartInfo(Tool.Find(program) ?? throw new InvalidOperationException($"{program} is not installed: ./build.sh installs what the tests need"))
        {
            UseShellExecute = false,
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        foreach (var argument in arguments(Folder, Port))
            start.ArgumentList.Add(argument);
        process = Process.Start(start)!;
        var said = process.StandardError.ReadToEndAsync();
        _ = process.StandardOutput.ReadToEndAsync();
        for (var clock = Stopwatch.StartNew(); !TakesConnections(); Thread.Sleep(50))
            if (process.HasExited || clock.Elapsed > Patience)
                throw new InvalidOperationException($"{program} did not start: {(process.HasExited ? said.Result : "it takes no connections")}");
    }

    /// <summary>The port on 127.0.0.1.</summary>
    public int Port { get; }

    /// <summary>The server's own folder.</summary>
    protected TempFolder Folder { get; } = new();

    public void Dispose()
    {
        process.Kill(entireProcessTree: true);
        process.WaitForExit();
        process.Dispose();
        Folder.Dispose();
        GC.SuppressFinalize(this);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private bool TakesConnections()
    {
        using var client = new TcpClient();
        try
        {
            client.Connect(IPAddress.Loopback, Port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
