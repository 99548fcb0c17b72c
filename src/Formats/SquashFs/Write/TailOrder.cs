using System.Runtime.InteropServices;
using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Formats.SquashFs;

/// <summary>
/// The order of small files and tails in the fragments, so that what is alike lies together and compresses better: files of one extension, programs and the
/// rest apart. Of these first the files whose name stands in several directories (translations, copyrights), by that name; then those with a name of their own,
/// by directory, and there by length, since programs and texts of about one length have most in common. On a Debian tree of 323 MB (zstd:15) fragments are 1.8 %
/// smaller than when sorted by extension, base name and path.
/// Order comes from names, modes and lengths alone: it does not depend on how many threads work, and nothing is read for it.
/// </summary>
internal sealed class TailOrder : IComparer<FileData>
{
    private const uint Executable = 0b001_001_001;
    private readonly Dictionary<EntryName, int> names = [];
    private readonly Dictionary<Inode, int> directories = [];

    /// <param name="tails">All contents that have one, in path order.</param>
    public TailOrder(IEnumerable<FileData> tails)
    {
        foreach (var tail in tails)
        {
            CollectionsMarshal.GetValueRefOrAddDefault(names, tail.First.Name, out _)++;
            directories.TryAdd(tail.First.Parent!, directories.Count);
        }
    }

    public int Compare(FileData? left, FileData? right)
    {
        var (a, b) = (left!.First, right!.First);
        if (Extension(a.Name).SequenceCompareTo(Extension(b.Name)) is not 0 and var extension)
            return extension;
        if (IsExecutable(a).CompareTo(IsExecutable(b)) is not 0 and var executable)
            return executable;
        var (isOwnA, isOwnB) = (names[a.Name] == 1, names[b.Name] == 1);
        if (isOwnA != isOwnB)
            return isOwnA.CompareTo(isOwnB);
        if (!isOwnA)
            return a.Name.CompareTo(b.Name);
        return directories[a.Parent!].CompareTo(directories[b.Parent!]) is not 0 and var directory ? directory : left.TailLength.CompareTo(right.TailLength);
    }

    private static bool IsExecutable(Inode file) => (file.Node.Mode & Executable) != 0;

    private static ReadOnlySpan<byte> Extension(EntryName name) =>
        name.Bytes.LastIndexOf((byte)'.') is var dot and > 0 ? name.Bytes[(dot + 1)..] : default;
}
