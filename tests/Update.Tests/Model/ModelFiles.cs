using ImageBuilder.Linux;
using ImageBuilder.Linux.Files;

namespace ImageBuilder.Update.Tests.Model;

/// <summary>The files of a <see cref="World"/>. Stricter than ext4: nothing lasts that was not synchronised itself.</summary>
internal sealed class ModelFiles(World world) : IFileTree
{
    private const string Project = "(project)";
    private const string Mode = "(mode)";
    private const string Times = "(mtime)";

    public long FreeBytes => 1L << 40;

    public FileEntry? Find(string path)
    {
        if (Look(path) is not { } inode)
            return null;
        var node = world.Memory.Nodes[inode];
        return new FileEntry(node.Kind, (ulong)inode, (uint)node.Links, node.Data.Length, node.Data.Length, (0, 0)) { Mode = node.Attributes.TryGetValue(Mode, out var mode) ? Convert.ToUInt16(mode, 8) : (ushort)0 };
    }

    public IReadOnlyList<string> List(string path) => [.. Folder(path).Names.Keys];

    public byte[] Read(string path, int most, bool pastCache = false) => world.Memory.Nodes[Inode(path)].Data.Take(most).ToArray();

    public int ReadAt(string path, long offset, Span<byte> buffer, bool pastCache = false)
    {
        var data = world.Memory.Nodes[Inode(path)].Data;
        var part = data.AsSpan((int)Math.Min(offset, data.Length));
        part = part[..Math.Min(part.Length, buffer.Length)];
        part.CopyTo(buffer);
        return part.Length;
    }

    public bool HaveSameContent(string left, string right) => world.Memory.Nodes[Inode(left)].Data.AsSpan().SequenceEqual(world.Memory.Nodes[Inode(right)].Data);

    public byte[] ReadLink(string path) => world.Memory.Nodes[Inode(path)].Data;

    public void MakeWhiteout(string path)
    {
        world.Step("mknod", takesSpace: true);
        Create(path, FileKind.CharacterDevice);
    }

    public IReadOnlyList<string> AttributeNames(string path) => [.. world.Memory.Nodes[Inode(path)].Attributes.Keys.Where(name => name[0] != '(')];

    public void MakeFolder(string path, int mode = 0b111_101_101)
    {
        world.Step("mkdir", takesSpace: true);
        Create(path, FileKind.Folder);
        Set(Inode(path), Mode, Convert.ToString(mode, 8));
    }

    public void Write(string path, ReadOnlySpan<byte> bytes)
    {
        var content = bytes.ToArray();
        var isNew = Look(path) is null;
        world.Step("write", takesSpace: isNew, half: () =>
        {
            if (!isNew)
                WriteParts(content[..(content.Length / 2)]);
        });
        if (isNew)
            Create(path, FileKind.Regular);
        WriteParts(content);

        void WriteParts(byte[] part) => Put(path, 0, part);
    }

    public void WriteAt(string path, long offset, ReadOnlySpan<byte> bytes)
    {
        var content = bytes.ToArray();
        Inode(path);
        world.Step("write", takesSpace: true, half: () => Put(path, (int)offset, content[..(content.Length / 2)]));
        Put(path, (int)offset, content);
    }

    public void Copy(string from, string to)
    {
        world.Step("copy", takesSpace: true);
        var source = world.Memory.Nodes[Inode(from)];
        Create(to, source.Kind);
        if (source.Data.Length > 0)
            world.Do(new DataChange(Inode(to), 0, source.Data));
        Metadata(from, to);
    }

    public void CopyMetadata(string from, string to)
    {
        world.Step("setxattr", takesSpace: true);
        Metadata(from, to);
    }

    public void Link(string from, string to)
    {
        world.Step("link", takesSpace: true);
        Name(to, Inode(from));
    }

    public void Rename(string from, string to)
    {
        world.Step("rename", takesSpace: true);
        if (Look(to) is not null)
            throw new LinuxException("renameat2", to, Errno.EEXIST);
        Move(from, to);
    }

    public void Replace(string from, string to)
    {
        world.Step("rename", takesSpace: true);
        Move(from, to);
    }

    private void Move(string from, string to)
    {
        var inode = Inode(from);
        world.Do(new MoveChange(Inode(Parent(from)), Last(from), Inode(Parent(to)), Last(to), inode, world.Memory.Nodes[inode].Kind));
    }

    public void Remove(string path)
    {
        world.Step("unlink", takesSpace: false);
        if (world.Memory.Nodes[Inode(path)].Names.Count > 0)
            throw new LinuxException("rmdir", path, 39); // ENOTEMPTY
        world.Do(new RemoveChange(Inode(Parent(path)), Last(path)));
    }

    public byte[]? GetAttribute(string path, string name) =>
        world.Memory.Nodes[Inode(path)].Attributes.TryGetValue(name, out var value) ? Convert.FromHexString(value) : null;

    public void SetAttribute(string path, string name, byte[]? value)
    {
        world.Step("setxattr", takesSpace: value is not null);
        Set(Inode(path), name, value is null ? null : Convert.ToHexString(value));
    }

    public bool SetProject(string path, uint project)
    {
        world.Step("ioctl", takesSpace: false);
        Set(Inode(path), Project, "set");
        return true;
    }

    public void Sync(string path) => world.Sync(Inode(path), path);

    public void SyncAll() => world.Sync(null, "syncfs");

    private void Put(string path, int offset, byte[] bytes)
    {
        for (var at = 0; at < bytes.Length; at += State.Sector)
            world.Do(new DataChange(Inode(path), offset + at, bytes[at..Math.Min(bytes.Length, at + State.Sector)]));
    }

    private void Metadata(string from, string to)
    {
        var (source, target) = (world.Memory.Nodes[Inode(from)], Inode(to));
        foreach (var name in world.Memory.Nodes[target].Attributes.Keys.Except(source.Attributes.Keys).Where(name => name != Times).ToList())
            Set(target, name, null);
        foreach (var (name, value) in source.Attributes.ToList())
            Set(target, name, value);
    }

    private void Set(int inode, string name, string? value) => world.Do(new AttributeChange(inode, world.Memory.Nodes[inode].Kind, name, value));

    private void Create(string path, FileKind kind)
    {
        if (Look(path) is not null)
            throw new LinuxException("create", path, Errno.EEXIST);
        world.Do(new NameChange(Inode(Parent(path)), Last(path), world.NewInode(), kind));
    }

    private void Name(string path, int inode) => world.Do(new NameChange(Inode(Parent(path)), Last(path), inode, world.Memory.Nodes[inode].Kind));

    private Node Folder(string path) => world.Memory.Nodes[Inode(path)] is { Kind: FileKind.Folder } folder ? folder : throw new LinuxException("open", path, Errno.ENOTDIR);

    private int Inode(string path) => Look(path) ?? throw new LinuxException("open", path, Errno.ENOENT);

    private int? Look(string path)
    {
        var inode = State.Root;
        foreach (var name in path.Split('/', StringSplitOptions.RemoveEmptyEntries))
            if (!world.Memory.Nodes[inode].Names.TryGetValue(name, out inode))
                return null;
        return inode;
    }

    private static string Parent(string path) => path[..path.LastIndexOf('/')] is { Length: > 0 } parent ? parent : "/";

    private static string Last(string path) => path[(path.LastIndexOf('/') + 1)..];
}
