using ImageBuilder.Formats.Trees;
using ImageBuilder.Update.Overlays;

namespace ImageBuilder.Update.Carry;

/// <summary>
/// What a device has of its own at places where a new stack differs from the old, before the new stack is there. A new stack gets a fresh upper, so that nothing
/// is hidden but by what comes along: the changes that are carried over (<see cref="CarryMerge"/>), and the folders that are persisted.
/// </summary>
public static class ShadowedEntries
{
    /// <summary>
    /// The entries, in the order of paths: of a deleted, moved or replaced folder the folder. What both have changed alike is among them, since only the place of
    /// the new stack's change is known; what is merged by entry, or made anew by programs, is not.
    /// </summary>
    /// <param name="changes">What the upper changes.</param>
    /// <param name="carry">Absolute paths that are carried over.</param>
    /// <param name="persist">Absolute paths that are persisted.</param>
    /// <param name="differing">Where old and new stack differ: <see cref="Repositories.StackChanges.Since"/>.</param>
    public static IReadOnlyList<ShadowedEntry> Of(IReadOnlyList<UpperChange> changes, IReadOnlyList<string> carry, IReadOnlyList<string> persist, IReadOnlyCollection<string> differing)
    {
        var places = new HashSet<string>(differing, StringComparer.Ordinal);
        var above = new HashSet<string>(StringComparer.Ordinal);
        foreach (var path in differing)
        {
            var folder = Parent(path);
            while (folder.Length > 0 && above.Add(folder))
                folder = Parent(folder);
        }
        var found = new SortedDictionary<string, ShadowedEntry>(StringComparer.Ordinal);
        foreach (var path in differing)
            if (IsIn(persist, path))
                found[path] = new ShadowedEntry(path, IsPersisted: true);
        foreach (var change in changes)
            foreach (var path in change.From is { } from ? [change.Path, from] : (string[])[change.Path])
                if (IsIn(carry, path) && !IsIn(persist, path) && !change.IsTimeAlone && !CarryMerge.NeverHides(path) && (places.Contains(path) || (HidesBelow(change) && above.Contains(path))))
                    found[path] = new ShadowedEntry(path, IsPersisted: false);
        return [.. found.Values];
    }

    /// <summary>A folder that is there, and was not moved, merges with the new stack's; anything else stands for all that was below.</summary>
    private static bool HidesBelow(UpperChange change) => change.What is ChangeKind.Deleted or ChangeKind.Moved || change.Kind != NodeKind.Directory;

    private static bool IsIn(IReadOnlyList<string> folders, string path)
    {
        foreach (var folder in folders)
            if (path == folder.TrimEnd('/') || path.StartsWith(folder.TrimEnd('/') + '/', StringComparison.Ordinal))
                return true;
        return false;
    }

    private static string Parent(string path) => path[..Math.Max(path.LastIndexOf('/'), 0)];
}
