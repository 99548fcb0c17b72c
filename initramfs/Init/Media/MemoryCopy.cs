using ImageBuilder.Linux;
using ImageBuilder.Linux.CommandLines;
using ImageBuilder.Linux.Mounts;

namespace ImageBuilder.Init;

/// <summary>The root image in memory instead of on the medium, which then is not needed any more.</summary>
internal static class MemoryCopy
{
    private const long TmpfsOverhead = 1 << 20;

    public static void Run(Boot boot)
    {
        var source = Paths.Medium + boot.Options.Image;
        var length = new FileInfo(source).Length;
        if (WhyNoRoom(boot.Options, length, Machine.Memory("MemAvailable"), Machine.Memory("MemTotal")) is { } reason)
        {
            if (boot.Options.ToRam != ToRam.Auto)
                throw new BootException(reason,
                    ["Start without ib.toram: the menu's first entry leaves the image on the medium.", "With ib.toram=auto it is copied only when there is room; ib.toram.free= says how much must stay free."]);
            boot.Decide("to-ram", "no", reason);
            return;
        }
        // An attempt that failed later may have left one.
        if (MountInfo.Read().Any(mount => mount.Target == Paths.Ram))
            Mount.Detach(Paths.Ram);
        Mount.Attach("tmpfs", Paths.Ram, "tmpfs", MountFlags.NoSuid | MountFlags.NoDev, $"mode=700,size={length + TmpfsOverhead}");
        Copy(boot, source, Paths.Ram + boot.Options.Image, length);
        boot.ImageFolder = Paths.Ram;
        Release(boot);
    }

    /// <summary>Null when an image fits into memory; else the reason.</summary>
    internal static string? WhyNoRoom(BootOptions options, long length, long available, long memory)
    {
        if (options.ToRamSize is { } size && WordValue.Bytes(size, memory) is var most && most < length)
            return $"the root image has {Megabytes(length)}, and ib.toram.size= allows {Megabytes(most)} of memory for it";
        return available - length < options.ToRamFree
            ? $"there is no room in memory for the root image: it has {Megabytes(length)}, {Megabytes(options.ToRamFree)} must stay free, and {Megabytes(available)} of {Megabytes(memory)} are available"
            : null;
    }

    private static void Copy(Boot boot, string source, string target, long length)
    {
        var progress = new ProgressLine(boot, "Copying to memory", length);
        Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        try
        {
            using var output = new FileStream(target, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
            var copied = FileReader.Read(source, part =>
            {
                output.Write(part.Span);
                progress.Add(part.Length);
            });
            progress.End();
            if (copied != length)
                throw new IOException($"it has {length} bytes, and only {copied} could be read");
        }
        catch (IOException error)
        {
            progress.Break();
            throw new BootException($"the root image cannot be copied from {boot.Medium!.Path}: {error.Message}",
                ["The medium may be damaged, or was taken away: write it again, or start with ib.checksum to see which files are wrong."], inner: error);
        }
    }

    private static void Release(Boot boot)
    {
        Mount.Detach(Paths.Medium);
        if (boot.Options.IsoFile is not null)
            Mount.Detach(Paths.Disk); // the loop device has freed itself
        boot.Decide("to-ram", "yes", $"{boot.Medium!.Path} is released");
        boot.Log.Show($"The medium {boot.Medium.Path} is no longer needed and can be taken away.");
    }

    private static string Megabytes(long bytes) => $"{bytes / 1_000_000} MB";
}
