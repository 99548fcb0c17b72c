using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Formats.SquashFs;

/// <summary>The inode types (kernel: SQUASHFS_DIR_TYPE and following).</summary>
internal static class InodeTypes
{
    /// <summary>What an extended type adds to its basic type.</summary>
    public const int Extended = 7;

    /// <summary>The basic type: what directory entries name, whatever the inode is.</summary>
    public static int Basic(NodeKind kind) => kind switch
    {
        NodeKind.Directory => 1,
        NodeKind.File => 2,
        NodeKind.Symlink => 3,
        NodeKind.BlockDevice => 4,
        NodeKind.CharacterDevice => 5,
        NodeKind.Fifo => 6,
        NodeKind.Socket => 7,
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "not a kind of file"),
    };

    /// <summary>The kind of file that a basic type means; null for a number that is none.</summary>
    public static NodeKind? KindOf(int basicType) => basicType switch
    {
        1 => NodeKind.Directory,
        2 => NodeKind.File,
        3 => NodeKind.Symlink,
        4 => NodeKind.BlockDevice,
        5 => NodeKind.CharacterDevice,
        6 => NodeKind.Fifo,
        7 => NodeKind.Socket,
        _ => null,
    };
}
