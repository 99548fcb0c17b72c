using ImageBuilder.Formats.Trees;
using ImageBuilder.Linux.Files;

namespace ImageBuilder.Update.Carry;

/// <summary>What a person has changed at places where the new stack differs from the old: over the new stack it would hide what is new there.</summary>
public static class ShadowedEntries
{
    /// <summary>The paths, in the order of names; of an opaque folder or a deleted one the folder.</summary>
    /// <param name="files">The upper is in it.</param>
    /// <param name="upper">The upper folder of the running system, not its mount.</param>
    /// <param name="outside">Absolute paths that are not looked at: what is persisted or carried over.</param>
    /// <param name="differs">Whether old and new stack differ at an absolute path or below it: <see cref="Between"/>, or what a patch layer holds.</param>
    /// <exception cref="IOException">Something cannot be read.</exception>
    public static IReadOnlyList<string> Of(IFileTree files, string upper, IReadOnlyList<string> outside, Func<string, bool> differs)
    {
        var found = new List<string>();
        Walk("");
        return found;

        void Walk(string folder)
        {
            foreach (var name in files.List(upper + folder))
            {
                var path = $"{folder}/{name}";
                if (outside.Any(other => path == other || path.StartsWith(other.TrimEnd('/') + '/', StringComparison.Ordinal)) || files.Find(upper + path) is not { } entry)
                    continue;
                if (entry.IsFolder && files.GetAttribute(upper + path, TreeMerge.Opaque) is not [(byte)'y'])
                    Walk(path);
                else if (differs(path))
                    found.Add(path);
            }
        }
    }

    /// <summary>Compares two stacks' layers, each mounted and merged.</summary>
    /// <param name="files">Both are in it.</param>
    /// <param name="before">The old stack.</param>
    /// <param name="after">The new one.</param>
    public static Func<string, bool> Between(IFileTree files, string before, string after)
    {
        var comparison = new TreeComparison(files);
        return path => !comparison.Same(before + path, after + path);
    }
}
