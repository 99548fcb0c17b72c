using System.Runtime.InteropServices;
using ImageBuilder.Linux.Interop;

namespace ImageBuilder.Linux.Modules;

/// <summary>finit_module(2).</summary>
public static class KernelModule
{
    /// <summary>Loads a plain (not compressed) .ko file. A module that is there already is fine.</summary>
    /// <returns>False when it was there already.</returns>
    /// <exception cref="LinuxException">The kernel's reason; ENODEV means that the module found no hardware it wants.</exception>
    public static bool Load(string file, string parameters = "")
    {
        using var handle = LibC.open(file, LibC.O_RDONLY | LibC.O_CLOEXEC, 0);
        if (handle.IsInvalid)
            Errno.Throw("open", file);
        if (LibC.finit_module(handle, parameters, 0) == 0)
            return true;
        if (Marshal.GetLastPInvokeError() == Errno.EEXIST)
            return false;
        Errno.Throw("finit_module", file);
        return false;
    }

    /// <summary>The name as the kernel writes it: "-" and "_" are the same in module names.</summary>
    public static string Normalize(string name) => name.Replace('-', '_');
}
