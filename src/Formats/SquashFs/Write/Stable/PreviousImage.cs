using System.Collections.Concurrent;
using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Formats.SquashFs;

/// <summary>A previous image and what of it a new tree still has: inode numbers, blocks of files, fragments. Equal is what has equal bytes under the same name.</summary>
internal sealed class PreviousImage
{
    private readonly SquashFsImage image;
    private readonly Inventory inventory;
    private readonly Dictionary<Inode, (Node Node, uint Number)> known = [];
    private readonly Dictionary<uint, List<Slice>> slices = [];
    private readonly SortedSet<(long Start, long End)> taken = [];

    /// <summary>A part of a fragment, and the content that has it now: equal or, when it changed, under the same name.</summary>
    private sealed record Slice(int Offset, int Length)
    {
        public FileData? Now { get; set; }

        public bool IsEqual { get; set; }
    }

    /// <param name="image">The previous image.</param>
    /// <param name="inventory">The new tree's inodes, with their data.</param>
    /// <param name="options">How the new image is written.</param>
    /// <param name="cancel">Stops the comparison.</param>
    /// <exception cref="ImageException">IB2119: it has other blocks. Errors of the reader.</exception>
    public PreviousImage(SquashFsImage image, Inventory inventory, SquashFsOptions options, CancellationToken cancel)
    {
        image.CheckSameFormat(options);
        (this.image, this.inventory) = (image, inventory);
        var numbers = new Dictionary<Node, uint>(ReferenceEqualityComparer.Instance);
        var tree = image.ReadTree(numbers);
        Match(tree, numbers);
        NumberInodes();
        FindSlices(tree);
        MatchContents(options.Jobs, cancel);
    }

    /// <summary>The fragments, each at its old index: those that are the same are kept, those that are not are made again of what is left of them. Null where nothing is left.</summary>
    public List<Fragment?> Fragments()
    {
        var fragments = new List<Fragment?>();
        for (var index = 0u; index < image.FragmentCount; index++)
        {
            var members = slices.GetValueOrDefault(index, []).OrderBy(slice => (slice.Offset, slice.Length)).ToList();
            var fragment = new Fragment();
            foreach (var data in members.Select(member => member.Now).OfType<FileData>())
                if (data.FragmentIndex == FileData.NoFragment && fragment.Length + data.TailLength <= image.Blocks.BlockSize)
                    fragment.Add(data, index);
            if (IsWhole(index, members, fragment))
                (fragment.Start, fragment.SizeOnDisk, fragment.IsKept) = (image.FragmentAt(index).At, image.FragmentAt(index).Size.Value, true);
            fragments.Add(fragment.Files.Count > 0 ? fragment : null);
        }
        return fragments;
    }

    /// <summary>Whether a fragment holds exactly its members, all unchanged: nothing of a file that is gone stays in an image.</summary>
    private bool IsWhole(uint index, List<Slice> members, Fragment fragment)
    {
        if (fragment.Files.Count == 0 || fragment.Files.Count != members.Count || !members.TrueForAll(member => member.IsEqual))
            return false;
        return fragment.Files.Zip(members).All(pair => pair.First == pair.Second.Now && pair.First.FragmentOffset == pair.Second.Offset)
            && image.ReadFragment(index).Bytes.Length == fragment.Length
            && TryTake(image.FragmentAt(index).At, image.FragmentAt(index).Size.Stored);
    }

    /// <summary>What each inode was: found by its names, directories first.</summary>
    private void Match(Tree tree, Dictionary<Node, uint> numbers)
    {
        known[inventory.Root] = (tree.Root, numbers[tree.Root]);
        foreach (var directory in inventory.Directories.AsEnumerable().Reverse())
        {
            if (!known.TryGetValue(directory, out var old))
                continue;
            foreach (var (name, inode) in directory.Entries)
                if (!known.ContainsKey(inode) && old.Node.Children.TryGetValue(name, out var node) && node.Kind == inode.Node.Kind)
                    known.Add(inode, (node, numbers[node]));
        }
    }

    /// <summary>Old numbers for old inodes; new ones, and those whose number is too high now that there are fewer, fill what is free.</summary>
    private void NumberInodes()
    {
        var taken = new bool[inventory.Inodes.Count + 1];
        var rest = new List<Inode>();
        foreach (var inode in inventory.Inodes)
        {
            if (known.TryGetValue(inode, out var old) && old.Number < taken.Length && !taken[old.Number])
                taken[inode.Number = old.Number] = true;
            else
                rest.Add(inode);
        }
        var number = 1u;
        foreach (var inode in rest)
        {
            while (taken[number])
                number++;
            inode.Number = number++;
        }
    }

    private void FindSlices(Tree tree)
    {
        foreach (var content in tree.Walk().Select(entry => entry.Node).Where(node => node.Kind == NodeKind.File).Select(node => node.Content).OfType<SquashFsContent>())
            if (content.TailLength > 0)
                SliceOf(content);
    }

    private Slice SliceOf(SquashFsContent content)
    {
        if (!slices.TryGetValue(content.Inode.Fragment, out var list))
            slices.Add(content.Inode.Fragment, list = []);
        var index = list.FindLastIndex(slice => slice.Offset == content.Inode.FragmentOffset && slice.Length == content.TailLength);
        if (index >= 0)
            return list[index];
        list.Add(new Slice(content.Inode.FragmentOffset, content.TailLength));
        return list[^1];
    }

    /// <summary>Compares what has the same name, in the order of the old image, so that each fragment is decompressed once.</summary>
    private void MatchContents(int jobs, CancellationToken cancel)
    {
        var pairs = new List<(FileData Data, SquashFsContent Old)>();
        foreach (var inode in inventory.Files)
            if (known.TryGetValue(inode, out var old) && old.Node.Content is SquashFsContent content)
                pairs.Add((inode.Data!, content));
        var groups = pairs.GroupBy(pair => pair.Old.TailLength > 0 ? (pair.Old.Inode.Fragment, 0L) : (FileData.NoFragment, pair.Old.Inode.BlocksStart)).OrderBy(group => group.Key).ToList();
        var equal = new ConcurrentDictionary<(FileData, SquashFsContent), bool>();
        Parallel.ForEach(Partitioner.Create(groups, EnumerablePartitionerOptions.NoBuffering), new ParallelOptions { MaxDegreeOfParallelism = jobs, CancellationToken = cancel }, group =>
        {
            foreach (var (data, old) in group)
                if (data.Length == old.Length && data.TailLength == old.TailLength && data.Content.FirstDifference(old, cancel) < 0)
                    equal.TryAdd((data, old), true);
        });
        foreach (var (data, old) in groups.SelectMany(group => group).OrderBy(pair => pair.Old.Inode.BlocksStart))
        {
            var isEqual = equal.ContainsKey((data, old));
            if (isEqual && data.Blocks.Length > 0 && !data.IsKept)
                Keep(data, old);
            if (data.TailLength > 0 && old.TailLength > 0 && SliceOf(old) is var slice && (slice.Now is null || (isEqual && !slice.IsEqual)))
                (slice.Now, slice.IsEqual) = (data, isEqual);
        }
    }

    private void Keep(FileData data, SquashFsContent old)
    {
        var sizes = Enumerable.Range(0, data.Blocks.Length).Select(old.Size).ToArray();
        var (start, length) = (old.Inode.BlocksStart, sizes.Sum(size => (long)size.Stored));
        if (length > 0 && !TryTake(start, length))
            return;
        data.Start = start;
        for (var block = 0; block < sizes.Length; block++)
        {
            data.Blocks[block] = sizes[block].Value;
            if (sizes[block].IsSparse)
                data.SparseBytes += old.LengthOf(block);
        }
        data.IsKept = true;
    }

    /// <summary>Whether a run is nobody else's: an image by another writer may let runs share bytes.</summary>
    private bool TryTake(long start, long length)
    {
        var before = taken.GetViewBetween((0, 0), (start + length - 1, long.MaxValue)).Max; // (0, 0) when there is none
        return start >= image.DataStart && before.End <= start && taken.Add((start, start + length));
    }
}
