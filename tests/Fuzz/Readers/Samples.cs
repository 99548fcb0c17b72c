using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Fuzz.Tests.Readers;

/// <summary>A small tree that holds a bit of everything, and how trees are read to the end.</summary>
internal static class Samples
{
    private const int ReadAtMost = 1 << 20; // bytes of one file: a mutant may claim any length

    /// <summary>Files of all sizes, links, devices, attributes, long names.</summary>
    public static Tree Tree(bool everything = true)
    {
        var tree = new Tree();
        tree.Root.ModifiedTime = 1_700_000_000;
        foreach (var length in (int[])[0, 1, 511, 512, 4095, 4096, 4097, 20_000])
            tree.Put($"/files/f{length}.bin", Node.File(Content.From(Bytes(length))));
        for (var i = 0; i < 40; i++)
            tree.Put($"/many/a longer name of file number {i}.txt", Node.File($"file {i}\n"));
        tree.Put("/deep/er/and/deep/er/file", Node.File("deep\n"));
        tree.Put("/long " + new string('n', 150), Node.File("long\n"));
        if (!everything)
            return tree;
        var linked = Node.File("two names\n");
        tree.Put("/one", linked);
        tree.Put("/files/two", linked);
        tree.Put("/link", Node.Symlink("files/f512.bin"));
        tree.Put("/long link", Node.Symlink(new string('t', 300)));
        tree.Put("/null", Node.Device(NodeKind.CharacterDevice, 1, 3));
        tree.Put("/disk", Node.Device(NodeKind.BlockDevice, 8, 300));
        tree.Put("/pipe", new Node(NodeKind.Fifo));
        tree.Put("/holes", Node.File(Content.From((byte[])[.. Bytes(4096), .. new byte[40_960], .. Bytes(100)])));
        linked.Xattrs["user.short"] = Bytes(8);
        tree.Find("/files")!.Xattrs["trusted.long"] = Bytes(300);
        tree.Find("/many")!.Xattrs["security.same"] = Bytes(300);
        tree.Find("/files/f1.bin")!.Xattrs["user.long"] = Bytes(300);
        return tree;
    }

    /// <summary>The tree without extended attributes, which not every format has.</summary>
    public static Tree WithoutXattrs()
    {
        var tree = Tree();
        foreach (var (_, node) in tree.Walk())
            node.Xattrs.Clear();
        return tree;
    }

    /// <summary>Bytes that compress to about a half.</summary>
    public static byte[] Bytes(int length)
    {
        var bytes = new byte[length];
        new Random(length).NextBytes(bytes);
        foreach (ref var b in bytes.AsSpan())
            b = (byte)('a' + (b & 15));
        return bytes;
    }

    /// <summary>What a writer writes.</summary>
    public static byte[] Written(Action<Stream> write)
    {
        using var stream = new MemoryStream();
        write(stream);
        return stream.ToArray();
    }

    /// <summary>Reads names, attributes and contents.</summary>
    public static void ReadAll(Tree tree)
    {
        var buffer = new byte[4096];
        foreach (var (_, node) in tree.Walk())
        {
            if (node.Kind != NodeKind.File)
                continue;
            var left = ReadAtMost;
            for (var (at, end) = node.Content.DataFrom(0); at < node.Content.Length && left > 0; (at, end) = node.Content.DataFrom(end))
                for (; at < end && left > 0; at += buffer.Length, left -= buffer.Length)
                    node.Content.Read(at, buffer.AsSpan(0, (int)Math.Min(buffer.Length, end - at)));
        }
    }

    /// <summary>What foreign programs write into a folder; nothing where they are not installed.</summary>
    public static IEnumerable<byte[]> Foreign(params string[] commands)
    {
        using var folder = new TempFolder();
        Directory.CreateDirectory(folder["in/sub/Directory With Long Name"]);
        foreach (var length in (int[])[0, 1, 3000, 20_000])
            File.WriteAllBytes(folder[$"in/FILE{length}.BIN"], Bytes(length));
        for (var i = 0; i < 30; i++)
            File.WriteAllText(folder[$"in/sub/a longer name of file number {i}"], $"file {i}");
        File.CreateSymbolicLink(folder["in/sub/link"], "../FILE1.BIN");
        File.WriteAllText(folder["in/sub/" + new string('n', 150)], "long");
        foreach (var command in commands)
        {
            File.Delete(folder["out"]);
            if (Tool.Exists(command.Split(' ')[0]))
                Tool.TryRun("sh", "-c", $"cd '{folder.Path}/in' && {command} >/dev/null 2>&1");
            if (new FileInfo(folder["out"]) is { Exists: true, Length: > 0 })
                yield return File.ReadAllBytes(folder["out"]);
        }
    }
}
