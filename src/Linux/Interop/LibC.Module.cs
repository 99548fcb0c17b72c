using System.Runtime.InteropServices;

namespace ImageBuilder.Linux.Interop;

/// <summary>finit_module(2), delete_module(2): never wrapped by glibc.</summary>
internal static partial class LibC
{
    private static readonly nint SYS_finit_module = RuntimeInformation.ProcessArchitecture switch
    {
        Architecture.X64 => 313,
        Architecture.Arm64 => 273,
        Architecture.RiscV64 => 273,
        var other => throw new PlatformNotSupportedException($"the number of finit_module is not known for {other}"),
    };

    [LibraryImport(Library, EntryPoint = "syscall", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint syscall_finit_module(nint number, SafeHandle fd, string parameters, nint flags);

    internal static int finit_module(SafeHandle fd, string parameters, int flags) => (int)syscall_finit_module(SYS_finit_module, fd, parameters, flags);
}
