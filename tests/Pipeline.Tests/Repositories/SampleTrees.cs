using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Pipeline.Tests.Repositories;

/// <summary>Random trees with few names, so that files meet folders, links meet files, and hard links break apart.</summary>
internal static class SampleTrees
{
    private static readonly string[] Names = ["a", "b", "c", "d", "\u00e9"];

    public static Tree Make(Random random)
    {
        var tree = new Tree();
        (tree.Root.Mode, tree.Root.ModifiedTime) = (UnixMode.Octal0755, 5);
        Fill(tree.Root, random, [], 0);
        return tree;
    }

    /// <summary>A copy in which about a third of the entries were removed, replaced, moved, linked or touched.</summary>
    public static Tree Changed(Random random, Tree tree)
    {
        var copy = tree.Copy();
        var files = copy.Walk().Where(entry => entry.Node.Kind == NodeKind.File).Select(entry => entry.Node).ToList();
        foreach (var (path, node) in copy.Walk().ToList())
            if (copy.Find(path) == node)
                switch (random.Next(15))
                {
                    case 0:
                        copy.Remove(path);
                        break;
                    case 1:
                        copy.Put(path, Facts(Node.File($"replaced {random.Next(100)}"), random));
                        break;
                    case 2:
                        var folder = Facts(Node.Directory(), random);
                        Fill(folder, random, files, 2);
                        copy.Put(path, folder);
                        break;
                    case 3 when files.Count > 0 && !node.IsDirectory:
                        copy.Put(path, files[random.Next(files.Count)]);
                        break;
                    case 4:
                        Facts(node, random);
                        break;
                    case 5:
                        copy.Remove(path);
                        copy.Put($"/moved{random.Next(3)}", node);
                        break;
                }
        return copy;
    }

    private static void Fill(Node directory, Random random, List<Node> files, int depth)
    {
        foreach (var name in Names)
        {
            var node = random.Next(8) switch
            {
                < 3 when depth < 3 => Node.Directory(),
                3 or 4 => Node.File($"{depth} {name} {random.Next(100)}"),
                5 => Node.Symlink($"to-{random.Next(10)}"),
                6 when files.Count > 0 => files[random.Next(files.Count)],
                _ => null,
            };
            if (node is null)
                continue;
            directory.Children[name] = node;
            if (files.Contains(node))
                continue;
            Facts(node, random);
            if (node.Kind == NodeKind.File)
                files.Add(node);
            if (node.IsDirectory)
                Fill(node, random, files, depth + 1);
        }
    }

    private static Node Facts(Node node, Random random)
    {
        (node.Uid, node.Gid, node.ModifiedTime) = ((uint)random.Next(3), (uint)random.Next(3), random.Next(100_000));
        if (node.Kind != NodeKind.Symlink)
            node.Mode = (ushort)(random.Next(2) == 0 ? UnixMode.Octal0700 : UnixMode.Octal0755);
        if (node.Kind != NodeKind.Symlink && random.Next(4) == 0)
            node.Xattrs["trusted.note"] = [(byte)random.Next(256)];
        return node;
    }
}
