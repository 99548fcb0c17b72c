using System.Runtime.CompilerServices;

namespace ImageBuilder.Qemu.Tests;

/// <summary>Files of the source tree.</summary>
internal static class Repository
{
    private static readonly string Root = Path.GetFullPath("../..", Path.GetDirectoryName(ThisFile())!);

    public static string File(string path) => Path.Combine(Root, path);

    private static string ThisFile([CallerFilePath] string path = "") => path;
}
