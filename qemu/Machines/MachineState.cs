namespace ImageBuilder.Qemu.Machines;

/// <summary>
/// A machine as it was at one moment, in a folder: its memory and devices (QEMU's migration stream), its disk's overlay and its UEFI variables. Of use for machines with the
/// same options alone, and the same image.
/// </summary>
/// <param name="Folder">Holds the files.</param>
/// <param name="ConsoleText">What its console had said.</param>
/// <param name="HasChannel">Commands could be run by the guest channel.</param>
public sealed record MachineState(string Folder, string ConsoleText, bool HasChannel)
{
    /// <summary>The file of memory and devices in a state's folder.</summary>
    public static string MemoryIn(string folder) => Path.Combine(folder, "memory");

    /// <summary>Keeps what a machine that stands still has on disk.</summary>
    public void Keep(MachineOptions options)
    {
        foreach (var file in FilesOf(options).Where(File.Exists))
            File.Copy(file, Kept(file));
    }

    /// <summary>Gives a machine that is off the disk that this one had.</summary>
    public void PutBack(MachineOptions options)
    {
        foreach (var file in FilesOf(options).Where(file => File.Exists(Kept(file))))
            File.Copy(Kept(file), file, overwrite: true);
    }

    private static IEnumerable<string> FilesOf(MachineOptions options) => ((string?[])[options.Overlay, options.FirmwareVariables]).OfType<string>();

    private string Kept(string file) => Path.Combine(Folder, Path.GetFileName(file));
}
