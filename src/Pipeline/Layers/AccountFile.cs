using System.Text;
using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Pipeline.Layers;

/// <summary>One of the tree's colon-separated databases, such as /etc/passwd (passwd(5)) or /etc/group (group(5)).</summary>
internal sealed class AccountFile
{
    private readonly Tree tree;
    private readonly string path;
    private readonly ushort mode;
    private readonly List<string[]> lines;

    /// <summary>Reads the file; a missing one is empty.</summary>
    public AccountFile(Tree tree, string path, ushort mode)
    {
        (this.tree, this.path, this.mode) = (tree, path, mode);
        var text = tree.Resolve(path) is { Kind: NodeKind.File } file ? Encoding.UTF8.GetString(file.Content.ToArray()) : "";
        lines = [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(':'))];
    }

    /// <summary>True when the tree has the file.</summary>
    public bool Exists => tree.Resolve(path) is { Kind: NodeKind.File };

    public IEnumerable<string[]> Lines => lines;

    /// <summary>The fields of the entry with the given name; writes to the array are kept by <see cref="Save"/>.</summary>
    public string[]? Find(string name) => lines.Find(fields => fields[0] == name);

    public void Add(params string[] fields) => lines.Add(fields);

    /// <summary>Adds a member to the comma-separated list in the entry's last field.</summary>
    public static void AddMember(string[] fields, string member)
    {
        var members = fields[^1].Split(',', StringSplitOptions.RemoveEmptyEntries);
        if (!members.Contains(member))
            fields[^1] = string.Join(',', [.. members, member]);
    }

    /// <summary>Writes the file back, owner and mode as before.</summary>
    public void Save(long time)
    {
        var old = tree.Resolve(path);
        var node = Node.File(string.Concat(lines.Select(fields => string.Join(':', fields) + "\n")));
        (node.Mode, node.Uid, node.Gid, node.ModifiedTime) = old is null ? (mode, 0, 0, time) : (old.Mode, old.Uid, old.Gid, time);
        tree.Put(path, node);
    }
}
