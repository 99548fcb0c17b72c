namespace ImageBuilder;

/// <summary>Where what can be made again is kept.</summary>
internal static class CacheFolder
{
    /// <summary>$XDG_CACHE_HOME/imagebuilder, or ~/.cache/imagebuilder (XDG Base Directory Specification: a relative path does not count).</summary>
    public static string Path()
    {
        var home = Environment.GetEnvironmentVariable("XDG_CACHE_HOME");
        // A home that cannot be entered is named all the same: nothing would be the current folder.
        if (string.IsNullOrEmpty(home) || !System.IO.Path.IsPathRooted(home))
            home = System.IO.Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile, Environment.SpecialFolderOption.DoNotVerify), ".cache");
        return System.IO.Path.Combine(home, "imagebuilder");
    }
}
