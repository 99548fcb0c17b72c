namespace ImageBuilder.Linux.Files;

/// <summary>What a name leads to. The values are S_IFMT's of stat(2).</summary>
public enum FileKind
{
    Fifo = 0x1000,
    CharacterDevice = 0x2000,
    Folder = 0x4000,
    BlockDevice = 0x6000,
    Regular = 0x8000,
    Link = 0xa000,
    Socket = 0xc000,
}
