namespace ImageBuilder.Linux.Files;

/// <summary>What a name in a file tree leads to.</summary>
/// <param name="Kind">Its type.</param>
/// <param name="Inode">Names with one number are one file.</param>
/// <param name="Links">Names that the file has.</param>
/// <param name="Length">In bytes, as read.</param>
/// <param name="Allocated">Bytes that it takes on the device.</param>
/// <param name="Device">Devices: major and minor number.</param>
public readonly record struct FileEntry(FileKind Kind, ulong Inode, uint Links, long Length, long Allocated, (uint Major, uint Minor) Device)
{
    /// <summary>Permission bits.</summary>
    public ushort Mode { get; init; }

    public uint Uid { get; init; }

    public uint Gid { get; init; }

    public bool IsFolder => Kind == FileKind.Folder;

    /// <summary>Overlayfs' mark for "deleted": a character device 0:0 (kernel, Documentation/filesystems/overlayfs.rst).</summary>
    public bool IsWhiteout => Kind == FileKind.CharacterDevice && Device is (0, 0);
}
