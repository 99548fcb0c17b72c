using ImageBuilder.Formats.Tar;
using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Formats.Tests.Trees;

/// <summary>Trees at random, and what a kernel's overlay mount shows of them.</summary>
internal static class RandomTrees
{
    /// <summary>A tree with few names, so that pairs meet often; with a lower tree also whiteouts and opaque directories.</summary>
    public static Tree Make(Random random, Tree? lower)
    {
        var tree = new Tree();
        tree.Root.Mode = UnixMode.Octal0755;
        tree.Root.ModifiedTime = random.Next(1000);
        var linkable = new List<Node>();
        Fill(tree.Root, lower?.Root, 0);
        return tree;

        void Fill(Node directory, Node? below, int depth)
        {
            foreach (var name in (string[])["a", "b", "c", "d", "\u00e9", "f"])
            {
                var under = below is not null && below.Children.TryGetValue(name, out var found) ? found : null;
                var node = random.Next(10) switch
                {
                    < 3 => Node.Directory(),
                    3 or 4 => Node.File($"{depth} {name} {random.Next(100)}"),
                    5 => Node.Symlink($"to-{random.Next(10)}"),
                    6 => linkable.Count > 0 ? linkable[random.Next(linkable.Count)] : null,
                    // Only in directories that merge: elsewhere the kernel shows a broken entry.
                    7 or 8 when below is not null => Whiteout(),
                    _ => null,
                };
                if (node is null || (node.IsDirectory && depth == 3))
                    continue;
                directory.Children[name] = node;
                if (node.IsWhiteout || linkable.Contains(node))
                    continue;
                (node.Uid, node.Gid, node.ModifiedTime) = ((uint)random.Next(3), (uint)random.Next(3), random.Next(100_000));
                if (node.Kind == NodeKind.File)
                {
                    node.Mode = (ushort)(random.Next(2) == 0 ? UnixMode.Octal0644 : UnixMode.Octal0755);
                    linkable.Add(node);
                }
                if (!node.IsDirectory)
                    continue;
                if (random.Next(4) == 0)
                    node.Xattrs["trusted.note"] = [(byte)random.Next(256)];
                var opaque = lower is not null && random.Next(4) == 0;
                if (opaque)
                    TreeMerge.SetOpaque(node);
                Fill(node, opaque || under is not { IsDirectory: true } ? null : under, depth + 1);
            }
        }
    }

    /// <summary>Everything about a tree as text, one line per name.</summary>
    public static string Describe(Tree tree)
    {
        var groups = new Dictionary<Node, string>(ReferenceEqualityComparer.Instance);
        return string.Join('\n', tree.Walk().Prepend(("/", tree.Root)).Select(entry =>
        {
            var (path, node) = entry;
            var first = groups.TryGetValue(node, out var known) ? known : groups[node] = path;
            var xattrs = node.HasXattrs ? string.Join(',', node.Xattrs.Select(x => $"{x.Key}={Convert.ToHexString(x.Value)}")) : "";
            var content = node.Kind == NodeKind.File ? System.Text.Encoding.UTF8.GetString(node.Content.ToArray()) : "";
            return $"{path} {node.Kind} {node.Mode:x} {node.Uid}:{node.Gid} {node.ModifiedTime} {node.TargetText} {xattrs} '{content}' {first}";
        }));
    }

    /// <summary>A copy of a tree in which files have been removed, replaced, added, linked and touched.</summary>
    public static Tree Changed(Random random, Tree tree)
    {
        var changed = new Tree();
        var copies = new Dictionary<Node, Node>(ReferenceEqualityComparer.Instance);
        var files = new List<Node>();
        Fill(tree.Root, changed.Root, 0);
        return changed;

        void Fill(Node from, Node to, int depth)
        {
            Facts(from, to, random.Next(4) == 0);
            foreach (var (name, node) in from.Children)
                if (Change(node, depth) is { } kept)
                    to.Children[name] = kept;
            if (random.Next(4) == 0)
                to.Children[$"new{random.Next(3)}"] = random.Next(4) switch
                {
                    0 => Make(random, null).Root,
                    1 when files.Count > 0 => files[random.Next(files.Count)],
                    2 => Node.Symlink("new"),
                    _ => Node.File($"new {random.Next(100)}"),
                };
        }

        Node? Change(Node node, int depth)
        {
            switch (random.Next(12))
            {
                case 0:
                    return null;
                case 1:
                    return Node.File($"replaced {random.Next(100)}");
                case 2 when depth < 2:
                    return Make(random, null).Root;
                case 3 when files.Count > 0:
                    return files[random.Next(files.Count)];
            }
            if (copies.TryGetValue(node, out var known) && random.Next(8) > 0)
                return known;
            var copy = new Node(node.Kind);
            if (node.IsDirectory)
                Fill(node, copy, depth + 1);
            else
                Facts(node, copies[node] = copy, random.Next(8) == 0);
            if (node.Kind == NodeKind.File)
            {
                files.Add(copy);
                if (random.Next(8) == 0)
                    copy.Content = Content.From(new string('x', (int)node.Content.Length));
            }
            return copy;
        }

        void Facts(Node from, Node to, bool touched)
        {
            (to.Mode, to.Uid, to.Gid, to.ModifiedTime) = (from.Mode, from.Uid, from.Gid, from.ModifiedTime + (touched ? 1 : 0));
            (to.Content, to.Target, to.DeviceMajor, to.DeviceMinor) = (from.Content, from.Target, from.DeviceMajor, from.DeviceMinor);
            foreach (var (name, value) in from.HasXattrs ? from.Xattrs : [])
                if (random.Next(8) > 0)
                    to.Xattrs[name] = value;
        }
    }

    /// <summary>Unpacks a tree with tar(1).</summary>
    public static void Unpack(Tree tree, string folder)
    {
        Directory.CreateDirectory(folder);
        using (var file = File.Create(folder + ".tar"))
            TarWriter.Write(tree, file);
        Tool.Run("tar", "--xattrs", "--xattrs-include=*", "--numeric-owner", "-C", folder, "-xpf", folder + ".tar");
    }

    /// <summary>What the kernel shows of layers, the top one first.</summary>
    /// <param name="disk">A folder on a file system that can hold layers.</param>
    /// <param name="layers">The layers.</param>
    public static Tree Shown(string disk, params Tree[] layers)
    {
        var folders = layers.Select((layer, index) => $"{disk}/{index}").Append($"{disk}/empty").ToArray();
        foreach (var (folder, layer) in folders.Zip(layers))
            Unpack(layer, folder);
        Directory.CreateDirectory(folders[^1]); // an overlay without an upper has two layers at least
        Directory.CreateDirectory($"{disk}/shown");
        Tool.Run("mount", "-t", "overlay", "overlay", "-o", $"ro,redirect_dir=nofollow,metacopy=off,lowerdir={string.Join(':', folders)}", $"{disk}/shown");
        try
        {
            Tool.Run("tar", "--xattrs", "--xattrs-include=*", "--numeric-owner", "-C", $"{disk}/shown", "-cf", $"{disk}/shown.tar", ".");
        }
        finally
        {
            Tool.Run("umount", $"{disk}/shown");
        }
        return TarReader.Read(Content.From(File.ReadAllBytes($"{disk}/shown.tar")));
    }

    /// <summary>An overlayfs whiteout.</summary>
    public static Node Whiteout() => Node.Device(NodeKind.CharacterDevice, 0, 0);

    /// <summary>Runs a test with a tmpfs, which takes attributes that the test's own folder may not.</summary>
    public static void OnTmpfs(Action<string> test)
    {
        using var folder = new TempFolder();
        Directory.CreateDirectory(folder["disk"]);
        Tool.Run("mount", "-t", "tmpfs", "tmpfs", folder["disk"]);
        try
        {
            test(folder["disk"]);
        }
        finally
        {
            Tool.Run("umount", folder["disk"]);
        }
    }
}
