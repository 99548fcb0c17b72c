using System.Collections.Concurrent;
using System.ComponentModel;
using System.Diagnostics;

namespace ImageBuilder.Qemu.Machines;

/// <summary>Starts programs that must not outlive this one, however it ends.</summary>
/// <remarks>
/// setpriv asks the kernel to kill the child when its parent dies (PR_SET_PDEATHSIG, prctl(2)). That parent is the <em>thread</em>
/// that started it, and pool threads come and go: one thread, which lives as long as the process, starts them all.
/// </remarks>
internal static class ChildProcess
{
    private static readonly BlockingCollection<Action> Requests = [];
    private static readonly Lazy<Thread> Starter = new(() =>
    {
        var thread = new Thread(() =>
        {
            foreach (var request in Requests.GetConsumingEnumerable())
                request();
        }) { IsBackground = true, Name = "process starter" };
        thread.Start();
        return thread;
    });

    /// <summary>Starts a program; its streams are pipes unless it inherits the terminal. IB6105 when it cannot be started.</summary>
    public static Process Start(string program, IEnumerable<string> arguments, bool inheritTerminal)
    {
        var setpriv = HostPrograms.SetPriv();
        var start = new ProcessStartInfo(setpriv ?? program)
        {
            UseShellExecute = false,
            RedirectStandardInput = !inheritTerminal,
            RedirectStandardOutput = !inheritTerminal,
            RedirectStandardError = !inheritTerminal,
        };
        if (setpriv is not null)
        {
            foreach (var argument in (string[])["--pdeathsig", "KILL", "--", program])
                start.ArgumentList.Add(argument);
        }
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        _ = Starter.Value;
        var started = new TaskCompletionSource<Process>(TaskCreationOptions.RunContinuationsAsynchronously);
        Requests.Add(() =>
        {
            try
            {
                started.SetResult(Process.Start(start)!);
            }
            catch (Exception e) when (e is Win32Exception or InvalidOperationException)
            {
                started.SetException(new QemuException("IB6105", $"{program} could not be started: {e.Message}", e));
            }
        });
        return started.Task.GetAwaiter().GetResult();
    }

    /// <summary>Ends a process and waits until it is gone; nothing when it already is.</summary>
    public static void Kill(Process process)
    {
        try
        {
            process.Kill();
        }
        catch (InvalidOperationException)
        {
        }
        process.WaitForExit(5000);
    }
}
