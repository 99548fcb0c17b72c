namespace ImageBuilder.Formats.Trees;

/// <summary>
/// A file tree in memory: metadata, and content as slices of files that stay where they are. Paths given to its members use '/',
/// may start with one, and never contain "." or "..".
/// </summary>
public sealed class Tree
{
    private const int MaxLinks = 40; // as the kernel's MAXSYMLINKS

    /// <summary>The root directory.</summary>
    public Node Root { get; } = Node.Directory();

    /// <summary>The node at <paramref name="path"/>, following no symbolic links; null when there is none.</summary>
    public Node? Find(string path)
    {
        var node = Root;
        foreach (var name in Split(path))
            if (!node.IsDirectory || !node.Children.TryGetValue(name, out node!))
                return null;
        return node;
    }

    /// <summary>
    /// The node at <paramref name="path"/> as a process with this tree as its root would find it, symbolic links followed
    /// (the last one too); null when there is none.
    /// </summary>
    public Node? Resolve(string path) => ResolvePath(path) is { } real ? Find(real) : null;

    /// <summary>
    /// Where <paramref name="path"/> really is: every symbolic link on the way, and at its end, replaced. Links that leave the
    /// root stay inside it, as after chroot(2). Null when a directory on the way is missing or links go in a circle; the last name
    /// need not exist.
    /// </summary>
    public string? ResolvePath(string path)
    {
        var pending = new Stack<string>(Split(path).AsEnumerable().Reverse());
        var done = new List<string>();
        var nodes = new List<Node> { Root };
        for (var links = 0; pending.TryPop(out var name);)
        {
            if (name is "." or "")
                continue;
            if (name == "..")
            {
                if (done.Count > 0)
                {
                    done.RemoveAt(done.Count - 1);
                    nodes.RemoveAt(nodes.Count - 1);
                }
                continue;
            }
            if (!nodes[^1].IsDirectory)
                return null;
            if (!nodes[^1].Children.TryGetValue(name, out var child))
            {
                if (pending.Count > 0)
                    return null;
                done.Add(name);
                break;
            }
            if (child.Kind == NodeKind.Symlink)
            {
                if (++links > MaxLinks)
                    return null;
                var target = child.TargetText;
                if (target.StartsWith('/'))
                {
                    done.Clear();
                    nodes.RemoveRange(1, nodes.Count - 1);
                }
                foreach (var part in target.Split('/', StringSplitOptions.RemoveEmptyEntries).AsEnumerable().Reverse())
                    pending.Push(part);
                continue;
            }
            done.Add(name);
            nodes.Add(child);
        }
        return "/" + string.Join('/', done);
    }

    /// <summary>
    /// Puts <paramref name="node"/> at <paramref name="path"/>, replacing what is there. Symbolic links in the directories on the
    /// way are followed (so /lib/x lands in /usr/lib/x on a merged-usr system); missing directories are made, root's, mode 0755.
    /// </summary>
    /// <exception cref="ImageException">IB2020: something on the way is not a directory.</exception>
    public void Put(string path, Node node)
    {
        var (parent, name) = SplitLast(path);
        EnsureDirectory(parent).Children[name] = node;
    }

    /// <summary>The directory at <paramref name="path"/>, symbolic links followed, made with its parents when missing.</summary>
    /// <exception cref="ImageException">IB2020: something on the way is not a directory.</exception>
    public Node EnsureDirectory(string path)
    {
        var at = "/";
        var node = Root;
        foreach (var name in Split(path))
        {
            var next = ResolvePath(at + "/" + name) ?? throw NotADirectory(path, name);
            node = Find(next) ?? Make(next);
            if (!node.IsDirectory)
                throw NotADirectory(path, name);
            at = next;
        }
        return node;

        Node Make(string missing)
        {
            var (parent, last) = SplitLast(missing);
            var directory = Node.Directory();
            directory.ModifiedTime = Root.ModifiedTime;
            (Find(parent) ?? throw NotADirectory(path, last)).Children[last] = directory;
            return directory;
        }
    }

    /// <summary>Removes what is at <paramref name="path"/>, following no symbolic link at its end; false when nothing is there.</summary>
    public bool Remove(string path)
    {
        var (parent, name) = SplitLast(path);
        return Resolve(parent) is { IsDirectory: true } directory && directory.Children.Remove(name);
    }

    /// <summary>Every entry below the root, parents first, names in byte order. A hard-linked node comes once per name.</summary>
    public IEnumerable<(string Path, Node Node)> Walk() => Walk("", Root);

    /// <summary>A tree of its own with the same files: what is done to one does not show in the other. Contents are shared.</summary>
    public Tree Copy()
    {
        var copies = new Dictionary<Node, Node>(ReferenceEqualityComparer.Instance);
        var copy = new Tree();
        Fill(Root, copy.Root);
        return copy;

        void Fill(Node from, Node to)
        {
            to.CopyFacts(from);
            foreach (var (name, node) in from.Children)
            {
                if (!copies.TryGetValue(node, out var known))
                    Fill(node, known = copies[node] = new Node(node.Kind));
                to.Children[name] = known;
            }
        }
    }

    private static IEnumerable<(string Path, Node Node)> Walk(string prefix, Node directory)
    {
        foreach (var (name, node) in directory.Children)
        {
            var path = $"{prefix}/{name}";
            yield return (path, node);
            if (node.IsDirectory)
                foreach (var below in Walk(path, node))
                    yield return below;
        }
    }

    private static string[] Split(string path) => path.Split('/', StringSplitOptions.RemoveEmptyEntries);

    private static (string Parent, string Name) SplitLast(string path)
    {
        var parts = Split(path);
        if (parts.Length == 0)
            throw new ArgumentException("the path names the root directory", nameof(path));
        return ("/" + string.Join('/', parts[..^1]), parts[^1]);
    }

    private static ImageException NotADirectory(string path, string name) =>
        new(ImageErrorKind.Unsupported, "IB2020", $"{path}: '{name}' is there already and is not a directory");
}
