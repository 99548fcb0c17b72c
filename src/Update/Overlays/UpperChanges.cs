using ImageBuilder.Formats;
using ImageBuilder.Formats.Trees;
using ImageBuilder.Linux.Files;

namespace ImageBuilder.Update.Overlays;

/// <summary>
/// What an upper changes against the layers below it. Files that overlayfs has copied up without anything having changed are not among it, nor
/// folders for their time alone.
/// </summary>
public sealed class UpperChanges
{
    private readonly OverlayUpper upper;
    private readonly List<(UpperChange Change, string Lower)> found = [];
    private readonly HashSet<string> movedFrom = new(StringComparer.Ordinal);

    private UpperChanges(OverlayUpper upper) => this.upper = upper;

    /// <summary>The changes, folders before what they hold, names in byte order.</summary>
    /// <param name="upper">The upper; its layers are at hand.</param>
    /// <exception cref="ImageException">IB6153: the upper belongs to other layers. IB3030: something cannot be read.</exception>
    /// <exception cref="ImageBuilder.Linux.LinuxException">A file of the layers cannot be read.</exception>
    public static IReadOnlyList<UpperChange> Of(OverlayUpper upper)
    {
        var changes = new UpperChanges(upper);
        changes.Walk(upper.Tree.Root, upper.Lower, merges: true, "");
        // A folder that was moved away left a whiteout: that is no deletion.
        return [.. changes.found.Where(item => item.Change.What != ChangeKind.Deleted || !changes.movedFrom.Contains(item.Lower)).Select(item => item.Change)];
    }

    /// <param name="folder">The upper's folder.</param>
    /// <param name="before">What the layers have at its place, or had before it was moved.</param>
    /// <param name="merges">False when it hides that.</param>
    /// <param name="path">Its path; the root's is empty.</param>
    private void Walk(Node folder, LowerFolder? before, bool merges, string path)
    {
        foreach (var (name, node) in folder.Children)
        {
            var (here, lower) = ($"{path}/{name}", before?.Find(name));
            if (OverlayMarks.IsWhiteout(folder, node))
            {
                if (merges && lower is { } hidden)
                    Deleted(here, before!, name, hidden);
            }
            else if (node.IsDirectory)
            {
                Folder(node, before, merges, lower, name, here);
            }
            else if (lower is not { } facts)
            {
                Add(here, ChangeKind.Added, node);
            }
            else if (Compare(node, before!, name, facts) is { } what)
            {
                Add(here, what, node, isTimeAlone: what == ChangeKind.Metadata && !MetadataDiffer(node, facts, before!.PathOf(name)));
            }
        }
        if (!merges && before is not null)
            foreach (var name in before.Names().Where(name => !folder.Children.ContainsKey(name)))
                Deleted($"{path}/{name}", before, name, before.Find(name)!.Value);
    }

    private void Folder(Node folder, LowerFolder? before, bool merges, FileFacts? lower, EntryName name, string path)
    {
        var (there, source) = (before?.Folder(name), upper.SourceOf(merges ? before : null, name, folder, path));
        if (!OverlayMarks.RedirectOf(folder).IsEmpty && source is not null)
        {
            movedFrom.Add(source.Path);
            found.Add((new UpperChange(path, ChangeKind.Moved, NodeKind.Directory, From: source.Path), ""));
            there = source;
        }
        else if (there is null)
        {
            Add(path, lower is null ? ChangeKind.Added : ChangeKind.Modified, folder);
        }
        else if (MetadataDiffer(folder, FileFacts.Of(there.At), there.At))
        {
            Add(path, ChangeKind.Metadata, folder);
        }
        Walk(folder, there, source is not null, path);
    }

    private void Deleted(string path, LowerFolder before, EntryName name, FileFacts facts) =>
        found.Add((new UpperChange(path, ChangeKind.Deleted, UnixMode.KindOf(facts.Mode) ?? NodeKind.Socket), $"{before.Path}/{name}"));

    private void Add(string path, ChangeKind what, Node node, bool isTimeAlone = false) => found.Add((new UpperChange(path, what, node.Kind, node.Content.Length) { IsTimeAlone = isTimeAlone }, ""));

    /// <summary>How a file differs from the layers' file; null when it does not.</summary>
    private ChangeKind? Compare(Node node, LowerFolder before, EntryName name, FileFacts facts)
    {
        var there = before.PathOf(name);
        if (UnixMode.KindOf(facts.Mode) != node.Kind)
            return ChangeKind.Modified;
        var same = node.Kind switch
        {
            NodeKind.File => OverlayMarks.IsMetaCopy(node) || ((long)facts.Size == node.Content.Length && upper.Scanner.Scan(there).Content.FirstDifference(node.Content) < 0),
            NodeKind.Symlink => there.ReadLink().AsSpan().SequenceEqual(node.Target.Span),
            NodeKind.CharacterDevice or NodeKind.BlockDevice => facts.Device == (node.DeviceMajor, node.DeviceMinor),
            _ => true,
        };
        if (!same)
            return ChangeKind.Modified;
        return facts.Modified.Seconds != node.ModifiedTime || MetadataDiffer(node, facts, there) ? ChangeKind.Metadata : null;
    }

    private static bool MetadataDiffer(Node node, FileFacts facts, BytePath there) =>
        (facts.Mode & UnixMode.PermissionMask) != node.Mode || facts.Uid != node.Uid || facts.Gid != node.Gid || !SameXattrs([.. OverlayMarks.Shown(node)], there.Xattrs());

    private static bool SameXattrs(List<(string Name, byte[] Value)> left, List<(string Name, byte[] Value)> right) =>
        left.Count == right.Count && left.TrueForAll(one => right.Exists(other => one.Name == other.Name && one.Value.AsSpan().SequenceEqual(other.Value)));
}
