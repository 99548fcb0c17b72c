namespace ImageBuilder.TestSupport;

/// <summary>A sparse file as a disk of this machine.</summary>
public sealed class TestLoop : IDisposable
{
    /// <param name="file">The file.</param>
    /// <param name="sectorSize">Bytes of a sector.</param>
    public TestLoop(string file, int sectorSize = 512) =>
        Path = Tool.Run("losetup", "--find", "--show", "--partscan", "--sector-size", sectorSize.ToString(System.Globalization.CultureInfo.InvariantCulture), file).Trim();

    /// <summary>The device file.</summary>
    public string Path { get; }

    /// <summary>The device file of a partition.</summary>
    public string Partition(int number) => $"{Path}p{number}";

    public void Dispose()
    {
        Tool.TryRun("partx", "--delete", Path);
        Tool.TryRun("losetup", "--detach", Path);
    }
}
