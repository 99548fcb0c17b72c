using System.Runtime.InteropServices;
using ImageBuilder.Linux.Interop;

namespace ImageBuilder.Linux;

/// <summary>What PID 1 does with itself and its children.</summary>
public static partial class Process
{
    /// <summary>Replaces this program, with signals as a fresh process has them (a runtime ignores some, and that survives execve(2)).</summary>
    /// <exception cref="LinuxException">The kernel's reason. When it works it does not return.</exception>
    public static unsafe void Execute(string path, IReadOnlyList<string> arguments, IReadOnlyList<string> environment)
    {
        for (var signal = 1; signal <= LibC.SIGRTMAX; signal++)
            LibC.signal(signal, LibC.SIG_DFL);
        ulong none = 0;
        _ = LibC.sigprocmask(LibC.SIG_SETMASK, &none, null);

        var argv = Strings(arguments);
        var envp = Strings(environment);
        var program = Marshal.StringToCoTaskMemUTF8(path);
        fixed (nint* argvAt = argv, envpAt = envp)
            _ = LibC.execve((byte*)program, (byte**)argvAt, (byte**)envpAt);
        Errno.Throw("execve", path);
    }

    /// <summary>Runs a program on the same terminal to its end; its exit code, or 128 and the signal that ended it.</summary>
    /// <exception cref="LinuxException">It could not be started.</exception>
    public static unsafe int Run(string path, IReadOnlyList<string> arguments, IReadOnlyList<string> environment)
    {
        var (argv, envp) = (Strings(arguments), Strings(environment));
        var program = Marshal.StringToCoTaskMemUTF8(path);
        try
        {
            int pid;
            fixed (nint* argvAt = argv, envpAt = envp)
                if (LibC.posix_spawn(&pid, (byte*)program, null, null, (byte**)argvAt, (byte**)envpAt) is not 0 and var number)
                    throw new LinuxException("posix_spawn", path, number);
            return Collect(pid);
        }
        finally
        {
            foreach (var text in argv.Concat(envp).Append(program))
                Marshal.FreeCoTaskMem(text);
        }
    }

    private static nint[] Strings(IReadOnlyList<string> texts) => [.. texts.Select(Marshal.StringToCoTaskMemUTF8), 0];

    /// <summary>Takes the exit codes of children that have ended, ours or not; as PID 1 must.</summary>
    public static unsafe void Reap()
    {
        while (LibC.waitpid(-1, null, LibC.WNOHANG) > 0)
        {
        }
    }

    /// <summary>Makes <paramref name="path"/> the root of this process, and its working directory.</summary>
    /// <exception cref="LinuxException">The kernel's reason.</exception>
    public static void ChangeRoot(string path)
    {
        Errno.Check(LibC.chroot(path), "chroot", path);
        Errno.Check(LibC.chdir("/"), "chdir", "/");
    }

    /// <summary>Makes <paramref name="path"/> the working directory.</summary>
    /// <exception cref="LinuxException">The kernel's reason.</exception>
    public static void ChangeDirectory(string path) => Errno.Check(LibC.chdir(path), "chdir", path);

    /// <summary>True when the file is there and may be executed, access(2) X_OK.</summary>
    public static bool IsExecutable(string path) => LibC.access(path, 1) == 0 && File.Exists(path);
}
