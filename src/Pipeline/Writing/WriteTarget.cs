using ImageBuilder.Formats;
using ImageBuilder.Formats.Trees;
using ImageBuilder.Linux;
using ImageBuilder.Linux.Blocks;
using ImageBuilder.Update.Folders;

namespace ImageBuilder.Pipeline.Writing;

/// <summary>Where an image is to be written: a whole disk that nobody uses, or, when asked for, a regular file that stands for one.</summary>
public sealed record WriteTarget
{
    private WriteTarget(string path, Disk? disk, long length) => (Path, Disk, Length) = (path, disk, length);

    /// <summary>The device file, symbolic links resolved; or the regular file.</summary>
    public string Path { get; }

    /// <summary>What is known of the disk; null for a regular file.</summary>
    public Disk? Disk { get; }

    /// <summary>In bytes.</summary>
    public long Length { get; }

    /// <summary>Looks at a device and refuses everything that may not be overwritten; opens nothing.</summary>
    /// <param name="path">The device, also by a link such as /dev/disk/by-id/usb-….</param>
    /// <param name="needed">Length of the image, in bytes.</param>
    /// <param name="force">Allows disks that are built in, and regular files. Nothing else: what is in use must be freed first.</param>
    /// <exception cref="ImageException">IB5400 to IB5406: why it is refused, and the way out.</exception>
    public static WriteTarget Find(string path, long needed, bool force)
    {
        if (Directory.Exists(path) || !File.Exists(path))
            throw Refuse("IB5400", Directory.Exists(path) ? $"{path} is a folder; expected a device such as /dev/sdb" : $"{path}: no such device; `imagebuilder write ISO` without a device lists the disks there are");
        path = new FileInfo(path).ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? System.IO.Path.GetFullPath(path);
        var node = FolderScanner.Scan(path);
        if (node.Kind == NodeKind.File && force)
            return CheckSize(new WriteTarget(path, null, node.Content.Length), needed);
        if (node.Kind != NodeKind.BlockDevice)
            throw Refuse("IB5400", node.Kind == NodeKind.File ? $"{path} is a regular file, no device; --force overwrites it from its first byte on" : $"{path} is no block device");
        var disk = new DiskCatalog().FindByNumber($"{node.DeviceMajor}:{node.DeviceMinor}") ?? throw Refuse("IB5400", $"{path}: the kernel has no such device any more; was it unplugged?");
        return Accept(path, disk, DiskUsers.Now(), needed, force);
    }

    /// <summary>The disks of this machine that an image of the given length could be written to without --force.</summary>
    public static IReadOnlyList<Disk> Candidates(long needed)
    {
        var (catalog, users) = (new DiskCatalog(), DiskUsers.Now());
        return [.. catalog.Names().Select(catalog.Find).OfType<Disk>().Where(disk => Trouble(disk.Path, disk, users, needed, force: false) is null)];
    }

    /// <summary>As <see cref="Find"/>, for a disk that is known already.</summary>
    internal static WriteTarget Accept(string path, Disk disk, DiskUsers users, long needed, bool force) =>
        Trouble(path, disk, users, needed, force) is { } trouble ? throw trouble : new WriteTarget(path, disk, disk.Length);

    private static ImageException? Trouble(string path, Disk disk, DiskUsers users, long needed, bool force)
    {
        if (disk.Parent is { } parent)
            return Refuse("IB5401", $"{path} is a partition; an image that boots takes the whole disk: /dev/{parent}");
        var uses = users.Of(disk);
        if (uses.FirstOrDefault(use => use.IsSystem) is { } system)
            return Refuse("IB5402", $"{path} is the disk that this system runs from: {system.Device} {system.What}; --force does not change that");
        if (uses.Count > 0)
            return Refuse("IB5403", $"{path} is in use: " + string.Join("; ", uses.Select(use => $"{use.Device} {use.What} ({use.Remedy})")) + ". Nothing is written to a disk in use, with --force neither");
        if (disk.IsReadOnly)
            return Refuse("IB5404", $"{path} is write-protected; look for a switch at the stick or card");
        if (disk.Length < needed)
            return TooSmall(path, disk.Length, needed);
        if (!disk.IsRemovable && !force)
            return Refuse("IB5406", $"{path} is built into this machine ({Describe(disk)}): it is neither removable nor on a bus that things are plugged into; if it is the right one nevertheless, --force writes to it");
        return null;
    }

    private static WriteTarget CheckSize(WriteTarget target, long needed) => target.Length < needed ? throw TooSmall(target.Path, target.Length, needed) : target;

    private static ImageException TooSmall(string path, long length, long needed) => Refuse("IB5405", length == 0
        ? $"{path} has no room at all: no medium in the drive?"
        : $"{path} is too small: it has {length} bytes ({ByteSize.Short(length)}), the image {needed} ({ByteSize.Short(needed)})");

    /// <summary>Opens the target for writing, this process's alone.</summary>
    /// <exception cref="ImageException">IB5407: the kernel does not let us. IB5403: somebody else has it.</exception>
    public RawDevice Open()
    {
        try
        {
            return RawDevice.Open(Path, Disk is not null);
        }
        catch (LinuxException error) when (error.Number == Errno.EBUSY)
        {
            throw Refuse("IB5403", $"{Path} is in use: something holds it that this process cannot see (another container or mount namespace, or a program that formats it)", error);
        }
        catch (LinuxException error)
        {
            var remedy = error.Number == Errno.EACCES ? "; only root may write to disks: sudo imagebuilder write …" : error.Number == Errno.EROFS ? "; it is write-protected" : "";
            throw Refuse("IB5407", $"{Path} cannot be opened: {Errno.Text(error.Number)}{remedy}", error);
        }
    }

    /// <summary>The target in lines for people: what it is, and what lies on it.</summary>
    public IEnumerable<string> Lines()
    {
        if (Disk is null)
        {
            yield return $"{Path}  a regular file, {ByteSize.Short(Length)}";
            yield break;
        }
        yield return $"{Path}  {Describe(Disk)}, {ByteSize.Short(Length)}";
        foreach (var partition in Disk.Partitions)
            yield return $"  {partition.Name}  {ByteSize.Short(partition.Length)}  {Content(partition)}";
        if (Disk.Partitions.Count == 0 && Content(Disk) is var content)
            yield return $"  no partitions; {content}";
    }

    /// <summary>Model, bus and serial number.</summary>
    public static string Describe(Disk disk) =>
        string.Join(", ", ((string[])[disk.Model.Length > 0 ? disk.Model : "unknown model", disk.Bus, disk.Serial.Length > 0 ? $"serial {disk.Serial}" : ""]).Where(part => part.Length > 0));

    private static string Content(Disk device) => BlockDevice.Probe(device.Name, device.Number) switch
    {
        { Trouble: { } trouble } => $"cannot be read: {trouble}",
        { FileSystem: { } system } => system.Type + (system.Label is { } label ? $" \"{label}\"" : ""),
        _ => "nothing recognised",
    };

    private static ImageException Refuse(string id, string message, Exception? inner = null) => new(ImageErrorKind.Io, id, message, inner);
}
