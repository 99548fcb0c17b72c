using ImageBuilder.Formats.Trees;
using ImageBuilder.Update.Overlays;
using ImageBuilder.Update.Repositories;

namespace ImageBuilder.Update.Carry;

/// <summary>
/// What a device has of its own at places where a new stack differs from the old, before the new stack is there. A new stack gets a fresh upper, so that nothing
/// is hidden but by what comes along: the changes that are carried over (<see cref="CarryMerge"/>), and the folders that are persisted.
/// </summary>
public sealed class ShadowedEntries
{
    private readonly IReadOnlyDictionary<string, PathContent> differing;
    private readonly HashSet<string> above = new(StringComparer.Ordinal);

    private ShadowedEntries(IReadOnlyDictionary<string, PathContent> differing)
    {
        this.differing = differing;
        foreach (var path in differing.Keys)
        {
            var folder = Parent(path);
            while (folder.Length > 0 && above.Add(folder))
                folder = Parent(folder);
        }
    }

    /// <summary>
    /// The entries, in the order of paths: of a deleted, moved or replaced folder the folder. What both have changed alike is among them, since only the place of
    /// the new stack's change is known; what is merged by entry, or made anew by programs, is not.
    /// </summary>
    /// <param name="changes">What the upper changes.</param>
    /// <param name="carry">Absolute paths that are carried over.</param>
    /// <param name="persist">Absolute paths that are persisted.</param>
    /// <param name="differing">Where old and new stack differ: <see cref="StackChanges.Since"/>.</param>
    public static IReadOnlyList<ShadowedEntry> Of(IReadOnlyList<UpperChange> changes, IReadOnlyList<string> carry, IReadOnlyList<string> persist, IReadOnlyDictionary<string, PathContent> differing)
    {
        var places = new ShadowedEntries(differing);
        var found = new SortedDictionary<string, ShadowedEntry>(StringComparer.Ordinal);
        foreach (var path in differing.Keys)
            if (IsIn(persist, path))
                found[path] = new ShadowedEntry(path, IsPersisted: true);
        foreach (var change in changes)
            foreach (var path in change.From is { } from ? [change.Path, from] : (string[])[change.Path])
                if (!change.IsTimeAlone && places.Hidden(path, change) is { } hidden && IsIn(carry, hidden) && !IsIn(persist, hidden) && !CarryMerge.NeverHides(hidden))
                    found[hidden] = new ShadowedEntry(hidden, IsPersisted: false);
        return [.. found.Values];
    }

    /// <summary>What a change at a path hides of the new stack; null for nothing.</summary>
    private string? Hidden(string path, UpperChange change)
    {
        // The folder comes along with the change in it, and the new stack has no folder there.
        for (var folder = Parent(path); folder.Length > 0; folder = Parent(folder))
            if (differing.TryGetValue(folder, out var now) && now == PathContent.File)
                return folder;
        // A folder merges with the new stack's, unless it was moved; anything else stands for all that was below.
        var hidesBelow = change.What is ChangeKind.Deleted or ChangeKind.Moved || change.Kind != NodeKind.Directory;
        return differing.ContainsKey(path) || (hidesBelow && above.Contains(path)) ? path : null;
    }

    private static bool IsIn(IReadOnlyList<string> folders, string path)
    {
        foreach (var folder in folders)
            if (path == folder.TrimEnd('/') || path.StartsWith(folder.TrimEnd('/') + '/', StringComparison.Ordinal))
                return true;
        return false;
    }

    private static string Parent(string path) => path[..Math.Max(path.LastIndexOf('/'), 0)];
}
