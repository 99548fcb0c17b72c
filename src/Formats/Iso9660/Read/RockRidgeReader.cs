namespace ImageBuilder.Formats.Iso9660;

/// <summary>What the Rock Ridge entries of one directory record say (RRIP 1.12, 4.1); null where there is no such entry.</summary>
internal sealed class RockRidgeReader
{
    private const int HeaderSize = 4;
    private const int FlagsSize = 5;
    private const int Continues = 0x01;
    private const int Current = 0x02;
    private const int Parent = 0x04;
    private const int Root = 0x08;
    private const int TimeModified = 0x02;
    private const int TimeCreated = 0x01;
    private const int TimeLong = 0x80;
    private const int MaxName = 255;
    private const int MaxTarget = 4095;
    private bool nameContinues;
    private bool linkContinues;
    private bool componentContinues;
    private bool endsInRoot;
    private List<byte>? name;
    private List<byte>? target;

    /// <summary>PX: type and permission bits.</summary>
    public uint? Mode { get; private set; }

    public uint Links { get; private set; }

    public uint Uid { get; private set; }

    public uint Gid { get; private set; }

    /// <summary>PX of RRIP 1.12: the same for all names of a file.</summary>
    public uint? Serial { get; private set; }

    /// <summary>PN: major and minor number.</summary>
    public (uint Major, uint Minor)? Device { get; private set; }

    /// <summary>NM, all parts.</summary>
    public byte[]? Name => name?.ToArray();

    /// <summary>SL: the symbolic link's target.</summary>
    public byte[]? Target => target?.ToArray();

    /// <summary>TF: seconds since 1970.</summary>
    public long? ModifiedTime { get; private set; }

    /// <summary>CL: the block where the directory that belongs here really is.</summary>
    public uint? ChildLink { get; private set; }

    /// <summary>PL: the block of the parent that a relocated directory belongs to.</summary>
    public uint? ParentLink { get; private set; }

    /// <summary>RE: this directory belongs elsewhere.</summary>
    public bool IsRelocated { get; private set; }

    /// <summary>ZF: the file is compressed by zisofs; its length once uncompressed.</summary>
    public uint? CompressedFrom { get; private set; }

    /// <summary>Extensions that are not read, by their signature: AL (attributes of AAIP), and others.</summary>
    public List<string> Unread { get; } = [];

    /// <exception cref="ImageException">IB2411, IB2414, IB2417, IB2423: an entry breaks a rule or is not supported.</exception>
    public static RockRidgeReader Read(List<SystemUseEntry> entries)
    {
        var result = new RockRidgeReader();
        foreach (var entry in entries)
            result.Take(entry);
        return result;
    }

    private void Take(SystemUseEntry entry)
    {
        var record = new RecordReader(entry.Bytes);
        record.Skip(HeaderSize);
        switch (entry.Signature)
        {
            case "PX":
                Require(entry, 36);
                Mode = Both(ref record, entry, "mode");
                Links = Both(ref record, entry, "number of links");
                Uid = Both(ref record, entry, "owner");
                Gid = Both(ref record, entry, "group");
                Serial = entry.Bytes.Length >= 44 ? Both(ref record, entry, "serial number") : null;
                break;
            case "PN":
                Require(entry, 20);
                var (high, low) = (Both(ref record, entry, "device number"), Both(ref record, entry, "device number"));
                // As Linux: a lone low word of more than 8 bits is an old dev_t.
                Device = high == 0 && low > 0xFF ? (low >> 8, low & 0xFF) : (high, low);
                break;
            case "NM":
                Require(entry, FlagsSize);
                TakeName(entry);
                break;
            case "SL":
                Require(entry, FlagsSize);
                TakeLink(entry);
                break;
            case "TF":
                Require(entry, FlagsSize);
                TakeTimes(entry);
                break;
            case "CL":
                Require(entry, 12);
                ChildLink = Both(ref record, entry, "child's block");
                break;
            case "PL":
                Require(entry, 12);
                ParentLink = Both(ref record, entry, "parent's block");
                break;
            case "RE":
                IsRelocated = true;
                break;
            case "ZF":
                Require(entry, 16);
                record.Skip(4); // algorithm, header size, block size
                CompressedFrom = Both(ref record, entry, "uncompressed length");
                break;
            case "SF":
                throw IsoError.NotSupported(IsoError.Unsupported, entry.Offset, "a sparse file (Rock Ridge SF); none is read");
            case "SP" or "ER" or "ES" or "RR" or "PD":
                break; // about the volume, or redundant (RR), or padding (PD)
            default:
                Unread.Add(entry.Signature);
                break;
        }
    }

    private void TakeName(SystemUseEntry entry)
    {
        int flags = entry.Bytes[HeaderSize];
        if ((flags & (Current | Parent)) != 0)
            return; // "." and "..": known from the identifier
        if (name is not null && !nameContinues)
            throw IsoError.Corrupt(IsoError.SystemUse, entry.Offset, "a second name (NM) after one that is complete");
        name ??= [];
        name.AddRange(entry.Bytes[FlagsSize..]);
        nameContinues = (flags & Continues) != 0;
        if (name.Count > MaxName)
            throw IsoError.Corrupt(IsoError.Name, entry.Offset, $"a name of more than {MaxName} bytes");
    }

    /// <summary>RRIP 4.1.3.1: components of flags, length and text; one that continues is joined to the next without a slash, in the next entry too.</summary>
    private void TakeLink(SystemUseEntry entry)
    {
        if (target is not null && !linkContinues)
            throw IsoError.Corrupt(IsoError.SystemUse, entry.Offset, "a second target (SL) after one that is complete");
        var first = target is null;
        target ??= [];
        linkContinues = (entry.Bytes[HeaderSize] & Continues) != 0;
        for (var rest = entry.Bytes.AsSpan(FlagsSize); !rest.IsEmpty;)
        {
            if (rest.Length < 2 || rest[1] > rest.Length - 2)
                throw IsoError.Corrupt(IsoError.SystemUse, entry.Offset, "a component of a symbolic link's target passes its entry");
            int flags = rest[0];
            var text = rest.Slice(2, rest[1]);
            rest = rest[(2 + rest[1])..];
            if ((flags & ~(Continues | Current | Parent | Root)) != 0)
                throw IsoError.NotSupported(IsoError.Unsupported, entry.Offset, $"a symbolic link's component has flags 0x{flags:X2}; volume roots and host names are not known");
            if ((flags & Root) != 0 ? !first : text.ContainsAny((byte)0, (byte)'/'))
                throw IsoError.Corrupt(IsoError.SystemUse, entry.Offset, "a symbolic link's target has a root in its middle, or '/' or NUL in a component");
            if (!first && !componentContinues && !endsInRoot)
                target.Add((byte)'/');
            target.AddRange((flags & Root) != 0 ? "/"u8 : (flags & Current) != 0 ? "."u8 : (flags & Parent) != 0 ? ".."u8 : text);
            componentContinues = (flags & Continues) != 0;
            endsInRoot = (flags & Root) != 0;
            first = false;
            if (target.Count > MaxTarget)
                throw IsoError.Corrupt(IsoError.SystemUse, entry.Offset, $"a symbolic link's target of more than {MaxTarget} bytes");
        }
    }

    private void TakeTimes(SystemUseEntry entry)
    {
        int flags = entry.Bytes[HeaderSize];
        var isLong = (flags & TimeLong) != 0;
        var size = isLong ? IsoTime.LongDigits + 1 : IsoTime.ShortSize;
        if ((flags & TimeModified) == 0)
            return;
        var at = FlagsSize + ((flags & TimeCreated) != 0 ? size : 0);
        Require(entry, at + size);
        var time = entry.Bytes.AsSpan(at, size);
        ModifiedTime = isLong ? IsoTime.ParseLong(time) : IsoTime.ParseShort(time);
    }

    private static uint Both(ref RecordReader record, SystemUseEntry entry, string field) => IsoError.Both32(ref record, entry.Offset, field);

    private static void Require(SystemUseEntry entry, int size)
    {
        if (entry.Bytes.Length < size)
            throw IsoError.Corrupt(IsoError.SystemUse, entry.Offset, $"an {entry.Signature} entry has {entry.Bytes.Length} bytes; expected {size} or more");
    }
}
