namespace ImageBuilder.Formats.Trees;

/// <summary>st_mode of inode(7): permission bits by their octal digits, and the bits of the file's type.</summary>
public static class UnixMode
{
    /// <summary>Owner may execute, S_IXUSR.</summary>
    public const ushort Octal0100 = 0b001_000_000;

    /// <summary>Owner may write, S_IWUSR.</summary>
    public const ushort Octal0200 = 0b010_000_000;

    /// <summary>Readable for all, written by nobody.</summary>
    public const ushort Octal0444 = 0b100_100_100;

    /// <summary>A directory written by nobody.</summary>
    public const ushort Octal0555 = 0b101_101_101;

    /// <summary>The owner's alone.</summary>
    public const ushort Octal0600 = 0b110_000_000;

    /// <summary>Readable for the group.</summary>
    public const ushort Octal0640 = 0b110_100_000;

    /// <summary>An ordinary file.</summary>
    public const ushort Octal0644 = 0b110_100_100;

    /// <summary>The owner's own directory.</summary>
    public const ushort Octal0700 = 0b111_000_000;

    /// <summary>An ordinary directory or program.</summary>
    public const ushort Octal0755 = 0b111_101_101;

    /// <summary>A symbolic link.</summary>
    public const ushort Octal0777 = 0b111_111_111;
    public const ushort Octal1777 = 0b001_111_111_111;

    /// <summary>All permission bits, 07777.</summary>
    public const ushort PermissionMask = 0b111_111_111_111;

    private const int TypeMask = 0xF000; // S_IFMT

    /// <summary>The type bits, S_IFREG and so on.</summary>
    public static ushort TypeBits(NodeKind kind) => kind switch
    {
        NodeKind.Fifo => 0x1000,
        NodeKind.CharacterDevice => 0x2000,
        NodeKind.Directory => 0x4000,
        NodeKind.BlockDevice => 0x6000,
        NodeKind.File => 0x8000,
        NodeKind.Symlink => 0xA000,
        NodeKind.Socket => 0xC000,
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "not a kind of file"),
    };

    /// <summary>The kind of file that a mode's type bits name; null when they name none.</summary>
    public static NodeKind? KindOf(int mode)
    {
        foreach (var kind in Enum.GetValues<NodeKind>())
            if ((mode & TypeMask) == TypeBits(kind))
                return kind;
        return null;
    }

    /// <summary>Kind and permissions as ls -l shows them: "-rwsr-xr-x".</summary>
    public static string Text(NodeKind kind, ushort mode)
    {
        Span<char> text = stackalloc char[10];
        text[0] = kind switch
        {
            NodeKind.Directory => 'd',
            NodeKind.Symlink => 'l',
            NodeKind.CharacterDevice => 'c',
            NodeKind.BlockDevice => 'b',
            NodeKind.Fifo => 'p',
            NodeKind.Socket => 's',
            _ => '-',
        };
        for (var bit = 0; bit < 9; bit++)
            text[1 + bit] = (mode & (Octal0400 >> bit)) != 0 ? "rwx"[bit % 3] : '-';
        // Set-uid, set-gid and sticky share a place with the right to execute.
        for (var special = 0; special < 3; special++)
            if ((mode & (Octal4000 >> special)) != 0)
            {
                ref var place = ref text[3 + (3 * special)];
                place = (special == 2 ? 't' : 's') is var letter && place == 'x' ? letter : char.ToUpperInvariant(letter);
            }
        return new string(text);
    }

    private const int Octal0400 = 0b100_000_000;
    private const int Octal4000 = 0b100_000_000_000;
}
