namespace ImageBuilder.Update.Tests;

/// <summary>A sparse file as a disk of this machine.</summary>
internal sealed class TestLoop : IDisposable
{
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
