using System.Globalization;
using System.Text;
using ImageBuilder.Update.Carry;
using ImageBuilder.Update.Repositories;

namespace ImageBuilder.Update.Tests.Carry;

/// <summary>Random triples of trees: what the kernel shows of the merge is what the rules, written down once more over values in memory, give.</summary>
public class RandomMergeTests
{
    private static readonly string[] Names = ["a", "b", "b" + CarryMerge.Suffix, "c"];

    /// <summary>Something at a name: a folder when it has children. Two that print the same are the same.</summary>
    private sealed record Entry(string Text, int Mode, SortedDictionary<string, Entry>? Children)
    {
        public static Entry Folder(int mode) => new("", mode, new(StringComparer.Ordinal));

        public override string ToString() => Children is null ? $"{Text}:{Mode}" : $"{Mode}{{{string.Join(",", Children.Select(child => $"{child.Key}={child.Value}"))}}}";
    }

    [RootTheory("mount", "setfattr", "getfattr")]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void A_merge_of_random_trees_shows_what_the_rules_say(int seed)
    {
        var random = new Random(seed);
        for (var round = 0; round < 20; round++)
        {
            using var bench = new CarryBench();
            var before = Make(random, 3);
            var (mine, theirs) = (Change(random, before), Change(random, before));
            Write(bench["before/etc"], before);
            Write(bench["theirs/etc"], theirs);
            bench.MountMine();
            // As a person does it: only what differs.
            Alter(bench["mine/etc"], before, mine);
            var (differing, changed) = (new Dictionary<string, PathContent>(), new Dictionary<string, PathContent>());
            Differences(before, theirs, "/etc", differing);
            Differences(before, mine, "/etc", changed);
            var shadowed = bench.Shadowed(differing, ["/etc"]).Select(entry => entry.Path).ToList();
            var conflicts = bench.Merge().Conflicts.Select(conflict => conflict.Path).ToList();
            // What was listed before tells all that the merge then finds, and no place that only one side has changed.
            Assert.Empty(conflicts.Except(shadowed));
            Assert.DoesNotContain(shadowed, path => !Touches(differing, path) || !Touches(changed, path));
            var shown = Read(bench["view/etc"]);
            Assert.True(Merge(before, mine, theirs)!.ToString() == shown.ToString(),
                string.Create(CultureInfo.InvariantCulture, $"seed {seed}, round {round}\nbefore {before}\nmine   {mine}\ntheirs {theirs}\nwanted {Merge(before, mine, theirs)}\nshown  {shown}"));
        }
    }

    private static Entry? Merge(Entry? before, Entry? mine, Entry? theirs)
    {
        var (b, m, t) = ($"{before}", $"{mine}", $"{theirs}");
        if (b == m || m == t)
            return b == m ? theirs : mine;
        var areFolders = mine?.Children is not null && (theirs is null ? before?.Children is not null : theirs.Children is not null);
        if (!areFolders)
            return mine;
        var changedFacts = before?.Children is null || before.Mode != mine!.Mode;
        var result = Entry.Folder(theirs is not null && !changedFacts ? theirs.Mode : mine!.Mode);
        foreach (var name in Names.Concat(Names.Select(name => name + CarryMerge.Suffix)).Distinct().Order(StringComparer.Ordinal))
        {
            if (result.Children!.ContainsKey(name))
                continue; // put beside
            var (old, here, there) = (Child(before, name), Child(mine, name), Child(theirs, name));
            if (Merge(old, here, there) is { } child)
                result.Children[name] = child;
            var conflict = there is not null && $"{old}" != $"{here}" && $"{here}" != $"{there}" && $"{old}" != $"{there}" && !(here?.Children is not null && there.Children is not null);
            if (conflict)
                result.Children[name + CarryMerge.Suffix] = there!;
        }
        return theirs is null && !changedFacts && result.Children!.Count == 0 ? null : result;
    }

    private static bool Touches(Dictionary<string, PathContent> paths, string path) => paths.Keys.Any(other => other == path || other.StartsWith(path + '/', StringComparison.Ordinal));

    private static void Differences(Entry? left, Entry? right, string path, Dictionary<string, PathContent> found)
    {
        if (left?.Text != right?.Text || left?.Mode != right?.Mode || left?.Children is null != right?.Children is null)
            found[path] = right is null ? PathContent.Gone : right.Children is null ? PathContent.File : PathContent.Folder;
        foreach (var name in Names)
            if (Child(left, name) is not null || Child(right, name) is not null)
                Differences(Child(left, name), Child(right, name), $"{path}/{name}", found);
    }

    private static Entry? Child(Entry? folder, string name) => folder?.Children?.GetValueOrDefault(name);

    private static Entry Make(Random random, int depth)
    {
        var folder = Entry.Folder(0b111_101_101);
        foreach (var name in Names)
            if (random.Next(3) > 0)
                folder.Children![name] = MakeOne(random, depth);
        return folder;
    }

    private static Entry MakeOne(Random random, int depth) => random.Next(4) switch
    {
        0 => new Entry($">{random.Next(2)}", 0b111_111_111, null),
        1 => new Entry($"{random.Next(2)}", random.Next(4) == 0 ? 0b110_000_000 : 0b110_100_100, null),
        _ when depth == 0 => new Entry($"{random.Next(2)}", 0b110_100_100, null),
        _ => Make(random, depth - 1),
    };

    private static Entry Change(Random random, Entry from)
    {
        var folder = Entry.Folder(random.Next(12) == 0 ? 0b111_000_000 : from.Mode);
        foreach (var name in Names)
        {
            var child = Child(from, name);
            child = random.Next(6) switch
            {
                0 => null,
                1 => MakeOne(random, 1),
                _ => child?.Children is null ? child : Change(random, child),
            };
            if (child is not null)
                folder.Children![name] = child;
        }
        return folder;
    }

    private static void Write(string path, Entry entry)
    {
        if (entry.Children is not null)
        {
            Directory.CreateDirectory(path);
            foreach (var (name, child) in entry.Children)
                Write($"{path}/{name}", child);
        }
        else if (entry.Text[0] == '>')
        {
            File.CreateSymbolicLink(path, entry.Text[1..]);
            return;
        }
        else
        {
            File.WriteAllText(path, entry.Text);
        }
        File.SetUnixFileMode(path, (UnixFileMode)entry.Mode);
    }

    private static void Alter(string path, Entry? from, Entry? to)
    {
        if ($"{from}" == $"{to}")
            return;
        if (from?.Children is not null && to?.Children is not null)
        {
            foreach (var name in Names)
                Alter($"{path}/{name}", Child(from, name), Child(to, name));
            File.SetUnixFileMode(path, (UnixFileMode)to.Mode);
            return;
        }
        if (from?.Children is not null)
            Directory.Delete(path, recursive: true);
        else
            File.Delete(path);
        if (to is not null)
            Write(path, to);
    }

    private static Entry Read(string path)
    {
        if (new FileInfo(path).LinkTarget is { } target)
            return new Entry($">{target}", 0b111_111_111, null);
        var mode = (int)File.GetUnixFileMode(path);
        if (!Directory.Exists(path))
            return new Entry(Encoding.UTF8.GetString(File.ReadAllBytes(path)), mode, null);
        var folder = Entry.Folder(mode);
        foreach (var child in Directory.EnumerateFileSystemEntries(path))
            folder.Children![Path.GetFileName(child)] = Read(child);
        return folder;
    }
}
