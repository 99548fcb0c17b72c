namespace ImageBuilder.Qemu.Machines;

/// <summary>A private folder for sockets and scratch disks, deleted at the end.</summary>
/// <remarks>Its path is short: a Unix socket's may have 107 bytes (unix(7)).</remarks>
public sealed class RunFolder : IDisposable
{
    /// <summary>The absolute path; only its owner may enter.</summary>
    public string Path { get; } = Directory.CreateTempSubdirectory("ib-vm-").FullName;

    /// <summary>The absolute path of a file in the folder.</summary>
    public string this[string name] => System.IO.Path.Combine(Path, name);

    public void Dispose()
    {
        if (Directory.Exists(Path))
            Directory.Delete(Path, recursive: true);
    }
}
