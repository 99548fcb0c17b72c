namespace ImageBuilder.Formats.Trees;

/// <summary>The type of a file.</summary>
public enum NodeKind
{
    Directory,
    File,
    Symlink,
    CharacterDevice,
    BlockDevice,
    Fifo,
    Socket,
}

/// <summary>
/// One inode of a <see cref="Tree"/>. Hard links are one node under several names; a directory has one name only.
/// </summary>
public sealed class Node(NodeKind kind)
{
    private static readonly SortedDictionary<EntryName, Node> NoChildren = [];
    private SortedDictionary<string, byte[]>? xattrs;

    /// <summary>The type of file; fixed.</summary>
    public NodeKind Kind { get; } = kind;

    /// <summary>Permission bits only: 0 to 07777.</summary>
    public ushort Mode { get; set; } = kind switch { NodeKind.Directory => UnixMode.Octal0755, NodeKind.Symlink => UnixMode.Octal0777, _ => UnixMode.Octal0644 };

    /// <summary>Numeric owner.</summary>
    public uint Uid { get; set; }

    /// <summary>Numeric group.</summary>
    public uint Gid { get; set; }

    /// <summary>Modification time in whole seconds since 1970; may be negative, writers clamp to what their format holds.</summary>
    public long ModifiedTime { get; set; }

    /// <summary>
    /// Directories: true when the archive has no member for it, only for something below it, so that its owner, mode and time are not
    /// known. Merged over another directory it leaves that one's as they are.
    /// </summary>
    public bool IsImplied { get; set; }

    /// <summary>Regular files: the bytes.</summary>
    public Content Content { get; set; } = Content.Empty;

    /// <summary>Symbolic links: the target, raw bytes, 1 to 4095 of them.</summary>
    public ReadOnlyMemory<byte> Target { get; set; }

    /// <summary>Device files: major number.</summary>
    public uint DeviceMajor { get; set; }

    /// <summary>Device files: minor number.</summary>
    public uint DeviceMinor { get; set; }

    /// <summary>Directories: entries in byte order of their names.</summary>
    public SortedDictionary<EntryName, Node> Children { get; } = kind == NodeKind.Directory ? [] : NoChildren;

    /// <summary>Extended attributes by full name ("user.x", "security.capability"), ordinally sorted.</summary>
    public SortedDictionary<string, byte[]> Xattrs => xattrs ??= new SortedDictionary<string, byte[]>(StringComparer.Ordinal);

    /// <summary>True when there is at least one extended attribute; does not allocate.</summary>
    public bool HasXattrs => xattrs is { Count: > 0 };

    /// <summary>True for a directory.</summary>
    public bool IsDirectory => Kind == NodeKind.Directory;

    /// <summary>True for an overlayfs whiteout: a character device 0:0.</summary>
    public bool IsWhiteout => Kind == NodeKind.CharacterDevice && DeviceMajor == 0 && DeviceMinor == 0;

    /// <summary>The symbolic link's target for people and for path look-ups.</summary>
    public string TargetText => System.Text.Encoding.UTF8.GetString(Target.Span);

    /// <summary>Takes everything of another node of this kind but its children.</summary>
    internal void CopyFacts(Node from)
    {
        (Mode, Uid, Gid, ModifiedTime, IsImplied) = (from.Mode, from.Uid, from.Gid, from.ModifiedTime, from.IsImplied);
        (Content, Target, DeviceMajor, DeviceMinor) = (from.Content, from.Target, from.DeviceMajor, from.DeviceMinor);
        if (from.HasXattrs)
            foreach (var (name, value) in from.Xattrs)
                Xattrs[name] = value;
    }

    /// <summary>A new directory, mode 0755, owned by root.</summary>
    public static Node Directory() => new(NodeKind.Directory);

    /// <summary>A new regular file, mode 0644, owned by root.</summary>
    public static Node File(Content content) => new(NodeKind.File) { Content = content };

    /// <summary>A new regular file of UTF-8 text, mode 0644, owned by root.</summary>
    public static Node File(string text) => File(Content.From(text));

    /// <summary>A new symbolic link, owned by root.</summary>
    public static Node Symlink(string target) => new(NodeKind.Symlink) { Target = System.Text.Encoding.UTF8.GetBytes(target) };

    /// <summary>A device file.</summary>
    public static Node Device(NodeKind kind, uint major, uint minor) => new(kind) { DeviceMajor = major, DeviceMinor = minor };
}
