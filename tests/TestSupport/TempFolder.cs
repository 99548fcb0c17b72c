namespace ImageBuilder.TestSupport;

/// <summary>A folder of its own for one test, deleted at the end.</summary>
public sealed class TempFolder : IDisposable
{
    /// <summary>The absolute path.</summary>
    public string Path { get; } = Directory.CreateTempSubdirectory("ib-test-").FullName;

    /// <summary>The absolute path of a file in the folder.</summary>
    public string this[string name] => System.IO.Path.Combine(Path, name);

    public void Dispose()
    {
        // Files of foreign tools may be read-only folders or root's; rm copes where Directory.Delete does not.
        Tool.TryRun("rm", "-rf", Path);
        if (!Directory.Exists(Path))
            return;
        Tool.TryRun("chmod", "-R", "u+rwX", Path);
        Tool.TryRun("rm", "-rf", Path);
    }
}
