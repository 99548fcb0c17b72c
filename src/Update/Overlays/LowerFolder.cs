using ImageBuilder.Formats.Trees;
using ImageBuilder.Linux.Files;

namespace ImageBuilder.Update.Overlays;

/// <summary>
/// A folder of the layers below an upper, as the kernel shows them merged: looked at only where the upper has something, since a base has a
/// hundred times as many files.
/// </summary>
internal sealed class LowerFolder
{
    private readonly BytePath? folder;

    private LowerFolder(BytePath? folder, string path) => (this.folder, Path) = (folder, path);

    /// <summary>Layers that are not at hand: anything may be in them.</summary>
    public static LowerFolder Unknown { get; } = new(null, "");

    /// <summary>The path in the layers; the root's is empty.</summary>
    public string Path { get; }

    /// <summary>True when the layers are not at hand.</summary>
    public bool IsUnknown => folder is null;

    /// <param name="path">Where the layers are mounted.</param>
    public static LowerFolder Root(string path) => new(new BytePath(path), "");

    /// <summary>Whether two are the same folder.</summary>
    public static bool Same(LowerFolder? left, LowerFolder? right) =>
        left is not null && right is not null && left.IsUnknown == right.IsUnknown && (left.IsUnknown || left.At.Bytes.SequenceEqual(right.At.Bytes));

    /// <summary>What is there under a name; null for nothing. Not to be asked of the unknown.</summary>
    public FileFacts? Find(EntryName name) => FileFacts.TryOf(PathOf(name));

    /// <summary>Whether a whiteout of this name has something to hide.</summary>
    public bool MayHave(EntryName name) => IsUnknown || Find(name) is not null;

    /// <summary>The folder of this name; null when nothing or something else is there.</summary>
    public LowerFolder? Folder(EntryName name)
    {
        if (IsUnknown)
            return this;
        return Find(name) is { } facts && UnixMode.KindOf(facts.Mode) == NodeKind.Directory ? new LowerFolder(PathOf(name), $"{Path}/{name}") : null;
    }

    /// <summary>The folder at an absolute path in the layers, no links followed; null when there is none.</summary>
    public LowerFolder? Descend(ReadOnlySpan<byte> path)
    {
        var at = this;
        foreach (var range in path.Split((byte)'/'))
            if (!path[range].IsEmpty && at is not null)
                at = at.Folder(EntryName.From(path[range]));
        return at;
    }

    /// <summary>Where a name lies. Not to be asked of the unknown.</summary>
    public BytePath PathOf(EntryName name) => At.Child(name.Bytes);

    /// <summary>The folder itself. Not to be asked of the unknown.</summary>
    public BytePath At => folder ?? throw new InvalidOperationException("these layers are not at hand");

    /// <summary>The names in it. Not to be asked of the unknown.</summary>
    /// <exception cref="ImageBuilder.Linux.LinuxException">It cannot be read.</exception>
    public IEnumerable<EntryName> Names() => At.Names().Select(name => EntryName.From(name)).Order();
}
