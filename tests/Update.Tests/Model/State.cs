using System.Security.Cryptography;
using System.Text;
using ImageBuilder.Linux.Files;

namespace ImageBuilder.Update.Tests.Model;

/// <summary>What is on the devices of a machine: the files of its data partition, and the sectors of a disk.</summary>
internal sealed class State
{
    public const int Root = 1;
    public const int Sector = 512;

    public Dictionary<int, Node> Nodes { get; private init; } = new() { [Root] = new Node(FileKind.Folder) };

    /// <summary>Sectors that are not all zero, by number.</summary>
    public SortedDictionary<long, byte[]> Sectors { get; private init; } = [];

    public State Clone() => new() { Nodes = Nodes.ToDictionary(pair => pair.Key, pair => pair.Value.Clone()), Sectors = new(Sectors) };

    public Node Get(int inode, FileKind kind)
    {
        if (!Nodes.TryGetValue(inode, out var node))
            Nodes[inode] = node = new Node(kind);
        return node;
    }

    public void SetName(int folder, string name, int inode)
    {
        RemoveName(folder, name);
        Get(folder, FileKind.Folder).Names[name] = inode;
        Nodes[inode].Links++;
    }

    public void RemoveName(int folder, string name)
    {
        if (Get(folder, FileKind.Folder).Names.Remove(name, out var inode))
            Nodes[inode].Links--;
    }

    /// <summary>Everything that can be reached, as text.</summary>
    public string Describe(ulong inode = Root)
    {
        var text = new StringBuilder();
        Describe(text, (int)inode, "");
        return text.ToString();
    }

    /// <summary>Two states with one digest are one.</summary>
    public string Digest()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes(Describe()));
        foreach (var (sector, bytes) in Sectors)
        {
            hash.AppendData(BitConverter.GetBytes(sector));
            hash.AppendData(bytes);
        }
        return Convert.ToHexString(hash.GetHashAndReset());
    }

    private void Describe(StringBuilder text, int inode, string path)
    {
        var node = Nodes[inode];
        text.Append(path).Append(' ').Append(node.Kind).Append(' ').Append(Convert.ToHexString(node.Data));
        foreach (var (name, value) in node.Attributes)
            text.Append(' ').Append(name).Append('=').Append(value);
        text.Append('\n');
        foreach (var (name, child) in node.Names)
            Describe(text, child, $"{path}/{name}");
    }
}
