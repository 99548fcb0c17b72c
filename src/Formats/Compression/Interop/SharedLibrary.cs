using System.Collections.Concurrent;

namespace ImageBuilder.Formats.Compression.Interop;

/// <summary>Finds the shared libraries of the reference compressors, or says which package brings them.</summary>
internal static class SharedLibrary
{
    /// <summary>Names of libraries that are part of the program: a runtime configuration option, joined by ';'.</summary>
    private const string LinkedLibraries = "ImageBuilder.LinkedLibraries";
    private static readonly ConcurrentDictionary<string, bool> Loaded = new(StringComparer.Ordinal);

    /// <summary>Makes sure that a library can be loaded before the first call into it.</summary>
    /// <exception cref="ImageException">IB2101: the library is not on this machine.</exception>
    public static void Require(string library, string package)
    {
        if (!Loaded.GetOrAdd(library, static name => IsLinked(name) || System.Runtime.InteropServices.NativeLibrary.TryLoad(name, out _)))
            throw new ImageException(ImageErrorKind.Io, "IB2101", $"the shared library {library} was not found; install the package {package}");
    }

    private static bool IsLinked(string library) => AppContext.GetData(LinkedLibraries) is string linked && linked.Split(';').Contains(library);
}
