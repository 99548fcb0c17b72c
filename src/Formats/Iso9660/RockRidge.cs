using System.Text;
using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Formats.Iso9660;

/// <summary>Makes the Rock Ridge entries of a directory record (RRIP 1.12; SUSP 1.12 for SP and ER).</summary>
internal static class RockRidge
{
    private const int MaxEntrySize = byte.MaxValue;
    private const int FlaggedHeaderSize = 5; // signature, length, version, flags
    private const int ComponentHeaderSize = 2; // flags, length
    private const int Continues = 1;
    private const int ComponentCurrent = 2;
    private const int ComponentParent = 4;
    private const int ComponentRoot = 8;
    private const int ModifyAccessAttributes = 0x02 | 0x04 | 0x08;

    // The names by which RRIP 1.12 announces itself; PX has 44 bytes because of the first.
    private const string ExtensionId = "IEEE_1282";
    private const string ExtensionDescription = "THE IEEE 1282 PROTOCOL PROVIDES SUPPORT FOR POSIX FILE SYSTEM SEMANTICS";
    private const string ExtensionSource = "PLEASE CONTACT THE IEEE STANDARDS DEPARTMENT, PISCATAWAY, NJ, USA FOR THE 1282 SPECIFICATION.";

    /// <summary>The root directory's own record: it alone says that the volume uses SUSP and Rock Ridge.</summary>
    public static List<byte[]> ForRoot(IsoInode root) => [Sharing(), Attributes(root), Times(root), Extension()];

    /// <summary>The records "." and "..".</summary>
    public static List<byte[]> ForDots(IsoInode directory) => [Attributes(directory), Times(directory)];

    /// <summary>A named record.</summary>
    public static List<byte[]> For(EntryName name, IsoInode inode)
    {
        List<byte[]> entries = [Attributes(inode), Times(inode), .. Name(name.Bytes)];
        if (inode.Node.Kind == NodeKind.Symlink)
            entries.AddRange(SymbolicLink(inode.Node.Target.Span));
        if (inode.Node.Kind is NodeKind.CharacterDevice or NodeKind.BlockDevice)
            entries.Add(Device(inode.Node.DeviceMajor, inode.Node.DeviceMinor));
        return entries;
    }

    /// <summary>SP (SUSP 5.3): check bytes, and no bytes to skip.</summary>
    private static byte[] Sharing() => [.. "SP"u8, 7, 1, 0xBE, 0xEF, 0];

    /// <summary>ER (SUSP 5.5).</summary>
    private static byte[] Extension()
    {
        var entry = Entry("ER"u8, 8 + ExtensionId.Length + ExtensionDescription.Length + ExtensionSource.Length, out var record);
        record.U8(ExtensionId.Length);
        record.U8(ExtensionDescription.Length);
        record.U8(ExtensionSource.Length);
        record.U8(1); // version of the extension
        record.Bytes(Encoding.ASCII.GetBytes(ExtensionId + ExtensionDescription + ExtensionSource));
        record.End();
        return entry;
    }

    /// <summary>PX (RRIP 4.1.1).</summary>
    private static byte[] Attributes(IsoInode inode)
    {
        var entry = Entry("PX"u8, 44, out var record);
        record.Both32((uint)(UnixMode.TypeBits(inode.Node.Kind) | inode.Node.Mode));
        record.Both32(inode.Links);
        record.Both32(inode.Node.Uid);
        record.Both32(inode.Node.Gid);
        record.Both32(inode.Serial);
        record.End();
        return entry;
    }

    /// <summary>TF (RRIP 4.1.6): the modification time also stands for access and change, which a tree does not have.</summary>
    private static byte[] Times(IsoInode inode)
    {
        var entry = Entry("TF"u8, FlaggedHeaderSize + 3 * IsoTime.ShortSize, out var record);
        record.U8(ModifyAccessAttributes);
        var time = IsoTime.Short(inode.Node.ModifiedTime);
        for (var i = 0; i < 3; i++)
            record.Bytes(time);
        record.End();
        return entry;
    }

    /// <summary>NM (RRIP 4.1.4): as many as the name needs.</summary>
    private static List<byte[]> Name(ReadOnlySpan<byte> name)
    {
        var entries = new List<byte[]>();
        while (true)
        {
            var part = name[..Math.Min(name.Length, MaxEntrySize - FlaggedHeaderSize)];
            name = name[part.Length..];
            var entry = Entry("NM"u8, FlaggedHeaderSize + part.Length, out var record);
            record.U8(name.IsEmpty ? 0 : Continues);
            record.Bytes(part);
            entries.Add(entry);
            if (name.IsEmpty)
                return entries;
        }
    }

    /// <summary>
    /// SL (RRIP 4.1.3): the target's components, split over as many entries as needed. Empty components, which double slashes
    /// make, are kept.
    /// </summary>
    private static List<byte[]> SymbolicLink(ReadOnlySpan<byte> target)
    {
        var parts = new List<List<byte>> { new() };
        if (target.StartsWith("/"u8))
        {
            Add(ComponentRoot, []);
            target = target[1..];
        }
        while (!target.IsEmpty)
        {
            var slash = target.IndexOf((byte)'/');
            var component = slash < 0 ? target : target[..slash];
            target = slash < 0 ? [] : target[(slash + 1)..];
            if (component.SequenceEqual("."u8))
                Add(ComponentCurrent, []);
            else if (component.SequenceEqual(".."u8))
                Add(ComponentParent, []);
            else
                AddText(component);
            if (slash >= 0 && target.IsEmpty)
                Add(0, []); // a slash at the end
        }
        return parts.Select((part, i) =>
        {
            var entry = Entry("SL"u8, FlaggedHeaderSize + part.Count, out var record);
            record.U8(i + 1 < parts.Count ? Continues : 0);
            record.Bytes(part.ToArray());
            return entry;
        }).ToList();

        int Room() => MaxEntrySize - FlaggedHeaderSize - 2 * ComponentHeaderSize - parts[^1].Count; // less this header and a mark's

        void AddText(ReadOnlySpan<byte> text)
        {
            if (Room() < Math.Min(text.Length, 1))
                BeginPart();
            while (text.Length > Room())
            {
                var part = text[..Room()];
                text = text[part.Length..];
                Add(Continues, part);
                parts.Add([]);
            }
            Add(0, text);
        }

        void Add(int flags, ReadOnlySpan<byte> text)
        {
            if (Room() < text.Length)
                BeginPart();
            parts[^1].Add((byte)flags);
            parts[^1].Add((byte)text.Length);
            parts[^1].AddRange(text);
        }

        // Between two components; some readers forget the slash there, so an empty component that continues marks it.
        void BeginPart()
        {
            parts[^1].AddRange([Continues, 0]);
            parts.Add([]);
        }
    }

    /// <summary>
    /// PN (RRIP 4.1.2). Numbers that fit the old 16-bit form go into the low word as readers of every kind expect; Linux takes larger
    /// ones as major in the high word and minor in the low one.
    /// </summary>
    private static byte[] Device(uint major, uint minor)
    {
        var small = major <= 0xFF && minor <= 0xFF;
        var entry = Entry("PN"u8, 20, out var record);
        record.Both32(small ? 0 : major);
        record.Both32(small ? major << 8 | minor : minor);
        record.End();
        return entry;
    }

    private static byte[] Entry(ReadOnlySpan<byte> signature, int length, out RecordWriter record)
    {
        var entry = new byte[length];
        record = new RecordWriter(entry);
        record.Bytes(signature);
        record.U8(length);
        record.U8(1);
        return entry;
    }
}
