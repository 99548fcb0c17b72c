using ImageBuilder.Formats.Trees;
using ImageBuilder.Linux.Files;

namespace ImageBuilder.Update.Carry;

/// <summary>
/// The three-way merge of what a person has changed over an old stack with what the new stack brings: it fills a new upper so that the new stack under it
/// shows both. Changed here only: kept. By the stack only: the stack's. By both: what is here is kept, and the stack's is put beside it under
/// <see cref="Suffix"/>. Deleted here: stays deleted. Accounts are merged by entry (<see cref="AccountMerge"/>). FORMAT.md has the table.
/// </summary>
public sealed class CarryMerge
{
    /// <summary>The name's end of the new stack's version beside one that was kept. Programs that read all files of a folder leave names with such an end out.</summary>
    public const string Suffix = ".ib-new";

    private const string OverlayPrefix = "trusted.overlay.";
    private const string Redirect = "trusted.overlay.redirect";
    private const int LongestName = 255;

    /// <summary>Programs make these from what else there is, and the new stack has made its own.</summary>
    private static readonly string[] Derived = ["/etc/ld.so.cache", "/etc/.updated"];

    /// <summary>passwd's programs keep the last version of each file under such a name: nobody wants two of them.</summary>
    private static readonly string[] Backups = [.. AccountMerge.Files.Select(file => file + "-")];

    /// <summary>Whether a path is merged by entry, or nobody minds which version there is.</summary>
    internal static bool NeverHides(string path) => AccountMerge.IsAccountFile(path) || Derived.Contains(path) || Backups.Contains(path);

    private readonly IFileTree files;
    private readonly CarryTrees trees;
    private readonly TreeComparison comparison;
    private readonly CarryReport report = new();
    private readonly Dictionary<(bool Mine, ulong Inode), string> copied = [];
    private readonly Dictionary<string, string> folders = new(StringComparer.Ordinal);
    private readonly HashSet<string> replaced = new(StringComparer.Ordinal);
    private readonly Dictionary<uint, uint> movedGroups = [];

    private CarryMerge(IFileTree files, CarryTrees trees) => (this.files, this.trees, comparison) = (files, trees, new TreeComparison(files));

    /// <summary>Merges, and fills the new upper. Nothing is brought to the device yet.</summary>
    /// <param name="files">All four folders are in it.</param>
    /// <param name="trees">Where.</param>
    /// <param name="paths">What is merged: absolute paths, as they are seen in the root. Everything else shows as the new stack has it.</param>
    /// <exception cref="IOException">Something cannot be read or written; the upper is not to be used.</exception>
    public static CarryReport Run(IFileTree files, CarryTrees trees, IReadOnlyList<string> paths)
    {
        var merge = new CarryMerge(files, trees);
        var done = new List<string>();
        foreach (var path in paths.Select(path => "/" + path.Trim('/')).Distinct().Order(StringComparer.Ordinal))
            if (!done.Exists(above => path.StartsWith(above + '/', StringComparison.Ordinal)))
            {
                merge.Carry(path);
                done.Add(path);
            }
        // What was put into a folder has changed its time.
        foreach (var (path, source) in merge.folders)
            merge.Describe(source, trees.Upper + path);
        return merge.report;
    }

    private void Carry(string path)
    {
        var names = path[1..].Split('/');
        var (above, isMirrored) = ("", true);
        foreach (var name in names[..^1])
        {
            above += '/' + name;
            if (files.Find(trees.Mine + above) is not { IsFolder: true })
                return; // no folder: nothing that could be carried
            if (files.Find(trees.Theirs + above) is { IsFolder: false })
            {
                report.Conflicts.Add(new CarryConflict(path, $"the new stack has no folder at {above}: what was changed here is not carried over"));
                return;
            }
            isMirrored = isMirrored && IsMirrored(above);
        }
        Merge(path, isMirrored);
    }

    /// <param name="path">The path.</param>
    /// <param name="isMirrored">What is not at this path of the old upper was not changed.</param>
    private void Merge(string path, bool isMirrored)
    {
        if ((isMirrored && trees.OldUpper is { } upper && files.Find(upper + path) is null) || replaced.Contains(path))
            return;
        var (before, mine, theirs) = (trees.Before + path, trees.Mine + path, trees.Theirs + path);
        var (old, here, there) = (files.Find(before), files.Find(mine), files.Find(theirs));
        if (here is { IsFolder: true } && there is null or { IsFolder: true } && (there is not null || old is { IsFolder: true }))
        {
            MergeFolder(path, old, here.Value, there, isMirrored && IsMirrored(path));
            return;
        }
        if (comparison.Same(before, mine))
            return;
        if (Derived.Contains(path) || comparison.Same(mine, theirs))
        {
            report.Vendor.Add(path);
        }
        else if (comparison.Same(before, theirs) || Backups.Contains(path))
        {
            Keep(path, here, there);
            report.Kept.Add(path);
        }
        else if (here is { Kind: FileKind.Regular } && there is { Kind: FileKind.Regular } && AccountMerge.IsAccountFile(path))
        {
            MergeAccounts(path, old, here.Value, there.Value);
        }
        else
        {
            Keep(path, here, there);
            var beside = there is null ? null : PutBeside(path);
            report.Conflicts.Add(new CarryConflict(path, (here, there) switch
            {
                (_, null) => "changed here and deleted by the new stack: kept",
                (null, _) => "deleted here and changed by the new stack: stays deleted",
                _ => "changed here and by the new stack: kept as it was here",
            }, beside));
        }
    }

    private void MergeFolder(string path, FileEntry? old, FileEntry here, FileEntry? there, bool isMirrored)
    {
        var (before, mine, theirs) = (trees.Before + path, trees.Mine + path, trees.Theirs + path);
        var wasFolder = old is { IsFolder: true };
        if (!(wasFolder && comparison.SameFacts(before, old!.Value, mine, here)) && !(there is { } now && comparison.SameFacts(mine, here, theirs, now)))
        {
            MakeFolder(path, mine);
            if (wasFolder && there is { } unchanged && comparison.SameFacts(before, old!.Value, theirs, unchanged))
                report.Kept.Add(path);
            else
                report.Conflicts.Add(new CarryConflict(path, there is null ? "changed here and deleted by the new stack: kept" : "owner, permissions or attributes changed here and by the new stack: kept as they were here"));
        }
        IEnumerable<string> names = wasFolder ? files.List(mine).Concat(files.List(before)).Distinct().Order(StringComparer.Ordinal) : files.List(mine);
        foreach (var name in names)
            Merge($"{path}/{name}", isMirrored);
    }

    /// <summary>Whether a folder of the old upper merges with the layers' folder at its own place.</summary>
    private bool IsMirrored(string path) => trees.OldUpper is { } upper && files.Find(upper + path) is { IsFolder: true }
        && files.GetAttribute(upper + path, TreeMerge.Opaque) is null && files.GetAttribute(upper + path, Redirect) is null;

    private void Keep(string path, FileEntry? here, FileEntry? there)
    {
        if (here is null && there is null)
            return;
        MakeAbove(path);
        if (here is null)
            files.MakeWhiteout(trees.Upper + path);
        else
            Copy(isMine: true, trees.Mine + path, path);
    }

    /// <summary>Where the new stack's version lies; null when the name would be too long.</summary>
    private string? PutBeside(string path)
    {
        var beside = path + Suffix;
        if (System.Text.Encoding.UTF8.GetByteCount(beside) - beside.LastIndexOf('/') > LongestName)
            return null;
        MakeAbove(path);
        // One of an earlier update makes room; the order of names has it come later.
        replaced.Add(beside);
        Copy(isMine: false, trees.Theirs + path, beside);
        // Should the new stack have such a name itself, the two are not to merge.
        if (files.Find(trees.Upper + beside) is { IsFolder: true } && files.Find(trees.Theirs + beside) is { IsFolder: true })
            files.SetAttribute(trees.Upper + beside, TreeMerge.Opaque, "y"u8.ToArray());
        return beside;
    }

    private void MergeAccounts(string path, FileEntry? old, FileEntry here, FileEntry there)
    {
        var (before, mine, theirs) = (trees.Before + path, trees.Mine + path, trees.Theirs + path);
        var isOldFile = old is { Kind: FileKind.Regular };
        var merge = new AccountMerge(path, isOldFile ? Read(before, old!.Value) : AccountFile.Parse([]), Read(mine, here), Read(theirs, there));
        var result = merge.Run(AccountMerge.LeaderOf(path) is { } leader ? Result(leader) : null, movedGroups);
        foreach (var said in merge.Said)
            report.Conflicts.Add(new CarryConflict(path, said));
        report.Kept.Add(path);
        MakeAbove(path);
        files.Write(trees.Upper + path, result.ToBytes());
        Describe(isOldFile && comparison.SameFacts(before, old!.Value, mine, here) ? theirs : mine, trees.Upper + path);
    }

    private AccountFile Read(string path, FileEntry entry) => AccountFile.Parse(files.Read(path, checked((int)entry.Length)));

    /// <summary>An account file as the new root shows it.</summary>
    private AccountFile? Result(string path)
    {
        foreach (var place in (string[])[trees.Upper + path, trees.Theirs + path])
            if (files.Find(place) is { } entry)
                return entry.Kind == FileKind.Regular ? Read(place, entry) : null;
        return null;
    }

    private void MakeAbove(string path)
    {
        var above = path[..path.LastIndexOf('/')];
        if (above.Length == 0 || folders.ContainsKey(above))
            return;
        MakeFolder(above, (files.Find(trees.Theirs + above) is { IsFolder: true } ? trees.Theirs : trees.Mine) + above);
    }

    private void MakeFolder(string path, string source)
    {
        if (!folders.TryAdd(path, source) || path.Length == 0)
            return;
        MakeAbove(path);
        files.Copy(source, trees.Upper + path);
    }

    private void Copy(bool isMine, string from, string path)
    {
        if (files.Find(from) is not { } entry)
            return;
        var to = trees.Upper + path;
        if (!entry.IsFolder && entry.Links > 1)
        {
            if (copied.TryGetValue((isMine, entry.Inode), out var first))
            {
                files.Link(first, to);
                return;
            }
            copied[(isMine, entry.Inode)] = to;
        }
        files.Copy(from, to);
        if (entry.IsFolder)
        {
            folders[path] = from;
            foreach (var name in files.List(from))
                Copy(isMine, $"{from}/{name}", $"{path}/{name}");
        }
        else
        {
            Escape(from, to);
        }
    }

    private void Describe(string from, string to)
    {
        files.CopyMetadata(from, to);
        Escape(from, to);
    }

    /// <summary>Attributes of an overlay inside the overlay: the mount shows them with one "overlay." less, and would follow them as they are.</summary>
    private void Escape(string from, string to)
    {
        // The longest first: an escaped one may have the name of one that is escaped twice.
        foreach (var name in files.AttributeNames(from).Where(name => name.StartsWith(OverlayPrefix, StringComparison.Ordinal)).OrderByDescending(name => name.Length))
        {
            files.SetAttribute(to, TreeMerge.Escape(name), files.GetAttribute(from, name));
            files.SetAttribute(to, name, null);
        }
    }
}
