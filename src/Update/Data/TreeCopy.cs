using ImageBuilder.Linux;
using ImageBuilder.Linux.Files;

namespace ImageBuilder.Update.Data;

/// <summary>Copies a tree of an upper as it is: whiteouts, opaque folders, all extended attributes, files with several names.</summary>
public static class TreeCopy
{
    /// <summary>Copies what is at a path, with everything below. Files that vanish meanwhile are left out: somebody is using the tree.</summary>
    public static void Copy(IFileTree data, string from, string to) => Copy(data, from, to, []);

    /// <summary>Bytes that a copy takes.</summary>
    public static long Size(IFileTree data, string path)
    {
        var seen = new HashSet<ulong>();
        return Sum(path);

        long Sum(string at)
        {
            if (data.Find(at) is not { } entry || (entry.Links > 1 && !entry.IsFolder && !seen.Add(entry.Inode)))
                return 0;
            return entry.Allocated + (entry.IsFolder ? data.List(at).Sum(name => Sum($"{at}/{name}")) : 0);
        }
    }

    private static void Copy(IFileTree data, string from, string to, Dictionary<ulong, string> copied)
    {
        if (data.Find(from) is not { } entry)
            return;
        if (!entry.IsFolder && entry.Links > 1 && copied.TryGetValue(entry.Inode, out var first))
        {
            data.Link(first, to);
            return;
        }
        try
        {
            data.Copy(from, to);
        }
        catch (LinuxException error) when (error.Number == Errno.ENOENT && data.Find(from) is null)
        {
            return;
        }
        copied[entry.Inode] = to;
        if (!entry.IsFolder)
            return;
        foreach (var name in data.List(from))
            Copy(data, $"{from}/{name}", $"{to}/{name}", copied);
        data.CopyMetadata(from, to);
    }
}
