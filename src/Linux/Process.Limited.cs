using System.Diagnostics;
using System.Runtime.InteropServices;
using ImageBuilder.Linux.Interop;
using Microsoft.Win32.SafeHandles;

namespace ImageBuilder.Linux;

public static partial class Process
{
    /// <summary>
    /// Runs a program to its end, or to the end of its time: then it is killed, with what it has started. Its input is empty, its output is kept.
    /// </summary>
    /// <param name="path">The program.</param>
    /// <param name="arguments">Its arguments; the first one is its name.</param>
    /// <param name="environment">Its environment, NAME=VALUE.</param>
    /// <param name="limit">Its time.</param>
    /// <param name="mostOutput">Bytes of output to keep; of more, the last ones.</param>
    /// <exception cref="LinuxException">It could not be started.</exception>
    public static ProgramResult Run(string path, IReadOnlyList<string> arguments, IReadOnlyList<string> environment, TimeSpan limit, int mostOutput)
    {
        var clock = Stopwatch.StartNew();
        var pid = Spawn(path, arguments, environment, out var pipe);
        using (pipe)
        using (var handle = LibC.pidfd_open(pid))
        {
            var output = new OutputEnd(mostOutput);
            var inTime = Wait(handle, pipe, output, limit, clock);
            if (!inTime)
                _ = LibC.kill(-pid, LibC.SIGKILL);
            var status = Collect(pid);
            // What it has left running is no reason to wait for the end of its output.
            while (IsReadable(pipe, TimeSpan.Zero) && output.ReadFrom(pipe))
            {
            }
            return new ProgramResult(inTime ? status : null, output.ToArray());
        }
    }

    private static unsafe int Spawn(string path, IReadOnlyList<string> arguments, IReadOnlyList<string> environment, out SafeFileHandle pipe)
    {
        byte* actions = stackalloc byte[LibC.OpaqueLength], attributes = stackalloc byte[LibC.OpaqueLength], signals = stackalloc byte[LibC.OpaqueLength];
        int* ends = stackalloc int[2];
        Errno.Check(LibC.pipe2(ends, LibC.O_CLOEXEC), "pipe2", path);
        pipe = new SafeFileHandle(ends[0], ownsHandle: true);
        using var write = new SafeFileHandle(ends[1], ownsHandle: true);
        var (argv, envp) = (Strings(arguments), Strings(environment));
        var program = Marshal.StringToCoTaskMemUTF8(path);
        _ = LibC.posix_spawn_file_actions_init(actions);
        _ = LibC.posix_spawnattr_init(attributes);
        try
        {
            int number = LibC.posix_spawn_file_actions_addopen(actions, 0, "/dev/null", LibC.O_RDONLY, 0), pid;
            foreach (var fd in (ReadOnlySpan<int>)[1, 2])
                number |= LibC.posix_spawn_file_actions_adddup2(actions, ends[1], fd);
            // A group of its own can be killed as a whole; and signals are as a fresh process has them.
            number |= LibC.posix_spawnattr_setflags(attributes, LibC.POSIX_SPAWN_SETPGROUP | LibC.POSIX_SPAWN_SETSIGDEF | LibC.POSIX_SPAWN_SETSIGMASK);
            number |= LibC.posix_spawnattr_setpgroup(attributes, 0);
            _ = LibC.sigfillset(signals);
            number |= LibC.posix_spawnattr_setsigdefault(attributes, signals);
            _ = LibC.sigemptyset(signals);
            number |= LibC.posix_spawnattr_setsigmask(attributes, signals);
            fixed (nint* argvAt = argv, envpAt = envp)
                if (number != 0 || (number = LibC.posix_spawn(&pid, (byte*)program, actions, attributes, (byte**)argvAt, (byte**)envpAt)) != 0)
                    throw new LinuxException("posix_spawn", path, number);
            return pid;
        }
        catch
        {
            pipe.Dispose();
            throw;
        }
        finally
        {
            _ = LibC.posix_spawn_file_actions_destroy(actions);
            _ = LibC.posix_spawnattr_destroy(attributes);
            foreach (var text in argv.Concat(envp).Append(program))
                Marshal.FreeCoTaskMem(text);
        }
    }

    /// <summary>Takes output until the program has ended; false when its time is up before.</summary>
    private static unsafe bool Wait(SafeFileHandle program, SafeFileHandle pipe, OutputEnd output, TimeSpan limit, Stopwatch clock)
    {
        var isOpen = true;
        LibC.RawPollfd* wanted = stackalloc LibC.RawPollfd[2];
        while (true)
        {
            var left = limit - clock.Elapsed;
            if (left <= TimeSpan.Zero)
                return false;
            wanted[0] = new LibC.RawPollfd { fd = (int)program.DangerousGetHandle(), events = LibC.POLLIN };
            wanted[1] = new LibC.RawPollfd { fd = isOpen ? (int)pipe.DangerousGetHandle() : -1, events = LibC.POLLIN };
            if (LibC.poll(wanted, 2, (int)Math.Min(int.MaxValue, Math.Ceiling(left.TotalMilliseconds))) < 0)
                continue; // a signal
            if (wanted[1].revents != 0)
                isOpen = output.ReadFrom(pipe);
            if (wanted[0].revents != 0)
                return true;
        }
    }

    private static unsafe int Collect(int pid)
    {
        var status = 0;
        while (LibC.waitpid(pid, &status, 0) < 0 && Marshal.GetLastPInvokeError() == Errno.EINTR)
        {
        }
        return (status & 0x7f) == 0 ? (status >> 8) & 0xff : 128 + (status & 0x7f); // WIFEXITED, WEXITSTATUS, WTERMSIG
    }

    private static unsafe bool IsReadable(SafeFileHandle file, TimeSpan time)
    {
        var wanted = new LibC.RawPollfd { fd = (int)file.DangerousGetHandle(), events = LibC.POLLIN };
        return LibC.poll(&wanted, 1, (int)time.TotalMilliseconds) > 0 && (wanted.revents & LibC.POLLIN) != 0;
    }

    /// <summary>The end of what comes out of a program.</summary>
    private sealed class OutputEnd(int most)
    {
        private readonly byte[] part = new byte[4096];
        private byte[] kept = [];
        private int length;

        /// <summary>Takes what is there; false at the end.</summary>
        public unsafe bool ReadFrom(SafeFileHandle pipe)
        {
            nint read;
            fixed (byte* at = part)
                read = LibC.read(pipe, at, part.Length);
            if (read <= 0)
                return false;
            if (length > 2 * most)
                Cut();
            if (length + read > kept.Length)
                Array.Resize(ref kept, Math.Max(2 * kept.Length, length + part.Length));
            part.AsSpan(0, (int)read).CopyTo(kept.AsSpan(length));
            length += (int)read;
            return true;
        }

        public byte[] ToArray()
        {
            if (length > most)
                Cut();
            return kept[..length];
        }

        private void Cut()
        {
            kept.AsSpan(length - most, most).CopyTo(kept);
            length = most;
        }
    }
}
