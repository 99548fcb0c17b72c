using System.Collections.Concurrent;
using System.Globalization;
using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Pipeline.Inspection.Differences;

/// <summary>Compares two trees path by path: everything that a file system keeps of a file, and contents byte for byte.</summary>
public static class TreeDiff
{
    /// <summary>What can differ: these names are in the output and in <c>--ignore</c>.</summary>
    public static IReadOnlyList<string> AspectNames { get; } = ["type", "content", "target", "device", "mode", "owner", "mtime", "xattrs", "links"];

    /// <summary>Every path that differs, in the order of a walk: folders before what they hold, names in byte order.</summary>
    /// <param name="before">The first tree.</param>
    /// <param name="after">The second tree.</param>
    /// <param name="ignore">Names of aspects that do not count.</param>
    /// <param name="cancel">Stops the comparison of contents.</param>
    /// <exception cref="Formats.ImageException">A content cannot be read.</exception>
    public static IReadOnlyList<FileDifference> Compare(Tree before, Tree after, IReadOnlySet<string> ignore, CancellationToken cancel)
    {
        var walk = new Walk(LinkedPaths(before), LinkedPaths(after), ignore);
        walk.Pair("/", before.Root, after.Root);
        var contents = ignore.Contains("content") ? new ConcurrentDictionary<(Node, Node), long>() : CompareContents(walk.SameLength, cancel);
        return [.. walk.Found.Select(found => Finish(found, contents)).OfType<FileDifference>()];
    }

    /// <summary>Adds the content's difference to a pair, and drops the pair when nothing differs after all.</summary>
    private static FileDifference? Finish(FileDifference found, ConcurrentDictionary<(Node, Node), long> contents)
    {
        if (found is { Before: { } old, After: { } young } && contents.TryGetValue((old, young), out var offset) && offset >= 0)
        {
            var length = Bytes(old.Content.Length);
            return found with { Aspects = [new Aspect("content", length, $"{length}, from byte {offset.ToString(CultureInfo.InvariantCulture)} on"), .. found.Aspects] };
        }
        return found.Change == FileChange.Changed && found.Aspects.Count == 0 ? null : found;
    }

    /// <summary>The offset of the first difference of each pair of contents of equal length; -1 where there is none. Several at a time.</summary>
    private static ConcurrentDictionary<(Node, Node), long> CompareContents(IReadOnlySet<(Node, Node)> pairs, CancellationToken cancel)
    {
        var results = new ConcurrentDictionary<(Node, Node), long>();
        try
        {
            Parallel.ForEach(pairs, new ParallelOptions { CancellationToken = cancel, MaxDegreeOfParallelism = Environment.ProcessorCount },
                pair => results[pair] = pair.Item1.Content.FirstDifference(pair.Item2.Content, cancel));
        }
        catch (AggregateException error) when (error.InnerException is not null)
        {
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(error.InnerException);
        }
        return results;
    }

    /// <summary>The names of each node that has several.</summary>
    private static Dictionary<Node, string> LinkedPaths(Tree tree) =>
        tree.Walk().Where(entry => !entry.Node.IsDirectory).GroupBy(entry => entry.Node, entry => entry.Path)
            .Where(group => group.Count() > 1).ToDictionary(group => group.Key, group => string.Join(' ', group));

    private static string Bytes(long count) => count == 1 ? "1 byte" : $"{count.ToString(CultureInfo.InvariantCulture)} bytes";

    /// <summary>Goes through both trees at once and leaves contents of equal length for later.</summary>
    private sealed class Walk(Dictionary<Node, string> linksBefore, Dictionary<Node, string> linksAfter, IReadOnlySet<string> ignore)
    {
        public List<FileDifference> Found { get; } = [];

        public HashSet<(Node, Node)> SameLength { get; } = [];

        public void Pair(string path, Node before, Node after)
        {
            Found.Add(new FileDifference(path, FileChange.Changed, before, after, [.. Aspects(before, after).Where(aspect => !ignore.Contains(aspect.Name))]));
            if (before.Kind == NodeKind.File && after.Kind == NodeKind.File && before.Content.Length == after.Content.Length && before.Content.Length > 0)
                SameLength.Add((before, after));
            var prefix = path == "/" ? "" : path;
            using var old = before.Children.GetEnumerator();
            using var young = after.Children.GetEnumerator();
            var (hasOld, hasYoung) = (old.MoveNext(), young.MoveNext());
            while (hasOld || hasYoung)
            {
                var order = !hasOld ? 1 : !hasYoung ? -1 : old.Current.Key.CompareTo(young.Current.Key);
                if (order == 0)
                    Pair($"{prefix}/{old.Current.Key}", old.Current.Value, young.Current.Value);
                else if (order < 0)
                    Alone($"{prefix}/{old.Current.Key}", old.Current.Value, FileChange.Removed);
                else
                    Alone($"{prefix}/{young.Current.Key}", young.Current.Value, FileChange.Added);
                if (order <= 0)
                    hasOld = old.MoveNext();
                if (order >= 0)
                    hasYoung = young.MoveNext();
            }
        }

        private void Alone(string path, Node node, FileChange change)
        {
            Found.Add(change == FileChange.Added ? new FileDifference(path, change, null, node, []) : new FileDifference(path, change, node, null, []));
            foreach (var (name, child) in node.Children)
                Alone($"{path}/{name}", child, change);
        }

        private IEnumerable<Aspect> Aspects(Node before, Node after)
        {
            if (before.Kind != after.Kind)
                yield return new Aspect("type", FileTypes.Name(before.Kind), FileTypes.Name(after.Kind));
            else if (before.Kind == NodeKind.File && before.Content.Length != after.Content.Length)
                yield return new Aspect("content", Bytes(before.Content.Length), Bytes(after.Content.Length));
            else if (!before.Target.Span.SequenceEqual(after.Target.Span))
                yield return new Aspect("target", EntryName.Printable(before.Target.Span), EntryName.Printable(after.Target.Span));
            else if ((before.DeviceMajor, before.DeviceMinor) != (after.DeviceMajor, after.DeviceMinor))
                yield return new Aspect("device", $"{before.DeviceMajor}:{before.DeviceMinor}", $"{after.DeviceMajor}:{after.DeviceMinor}");
            if (before.Mode != after.Mode)
                yield return new Aspect("mode", FileTypes.Octal(before.Mode), FileTypes.Octal(after.Mode));
            if ((before.Uid, before.Gid) != (after.Uid, after.Gid))
                yield return new Aspect("owner", $"{before.Uid}:{before.Gid}", $"{after.Uid}:{after.Gid}");
            if (before.ModifiedTime != after.ModifiedTime)
                yield return new Aspect("mtime", FileTypes.Time(before.ModifiedTime), FileTypes.Time(after.ModifiedTime));
            if (before.HasXattrs || after.HasXattrs)
                foreach (var name in before.Xattrs.Keys.Union(after.Xattrs.Keys).Order(StringComparer.Ordinal))
                    if (Value(before, name) is var old && Value(after, name) is var young && old != young)
                        yield return new Aspect("xattrs", old, young);
            if (linksBefore.GetValueOrDefault(before, "") is var linked && linksAfter.GetValueOrDefault(after, "") is var relinked && linked != relinked)
                yield return new Aspect("links", linked, relinked);
        }

        private static string Value(Node node, string name) => node.Xattrs.TryGetValue(name, out var value) ? $"{name}={Convert.ToHexStringLower(value)}" : "";
    }
}
