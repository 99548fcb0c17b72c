using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace ImageBuilder.TestSupport;

/// <summary>A real server on 127.0.0.1, as long as a test runs.</summary>
public sealed class TestServer : IDisposable
{
    private static readonly TimeSpan StartTime = TimeSpan.FromSeconds(60);
    private readonly Process process;

    private TestServer(Process process) => this.process = process;

    /// <summary>A port that nobody listened on a moment ago.</summary>
    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>Starts a program, which must stay in the foreground, and waits until it takes connections.</summary>
    public static TestServer Start(int port, string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(Tool.Find(program) ?? throw new InvalidOperationException($"{program} is not installed")) { UseShellExecute = false, RedirectStandardError = true, RedirectStandardOutput = true };
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        var server = new TestServer(Process.Start(start)!);
        server.process.OutputDataReceived += (_, _) => { };
        server.process.BeginOutputReadLine();
        var error = server.process.StandardError.ReadToEndAsync();
        for (var clock = Stopwatch.StartNew(); clock.Elapsed < StartTime; Thread.Sleep(50))
        {
            if (server.process.HasExited)
                throw new InvalidOperationException($"{program} ended with {server.process.ExitCode}\n{error.Result}");
            try
            {
                using var client = new TcpClient();
                client.Connect(IPAddress.Loopback, port);
                return server;
            }
            catch (SocketException)
            {
                // It is not ready yet.
            }
        }
        server.Dispose();
        throw new InvalidOperationException($"{program} takes no connections after {StartTime.TotalSeconds} s");
    }

    public void Dispose()
    {
        process.Kill(entireProcessTree: true);
        process.WaitForExit();
        process.Dispose();
    }
}
