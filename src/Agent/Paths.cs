namespace ImageBuilder.Agent;

/// <summary>Paths that people give.</summary>
internal static class Paths
{
    /// <summary>The same path from the root, without ".", ".." and a '/' at its end; "/" for the root.</summary>
    public static string Absolute(string path) => Path.GetFullPath(path).TrimEnd('/') is { Length: > 0 } absolute ? absolute : "/";
}
