using System.Buffers.Binary;
using System.Text;
using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Formats.Iso9660;

/// <summary>
/// Looks files up by path in an ISO 9660 image, by Rock Ridge names where there are any. What it reads is checked before it is used; a
/// whole-image reader is not this class's purpose.
/// </summary>
public sealed class IsoFiles
{
    private const int MaxDirectory = 64 << 20;
    private const int MaxContinuations = 32;

    // ECMA-119 8.4 (primary volume descriptor) and 9.1 (directory record).
    private const int DescriptorBlock = 16;
    private const int RootRecord = 156;
    private const int ExtentField = 2;
    private const int LengthField = 10;
    private const int FlagsField = 25;
    private const int NameLengthField = 32;
    private const int NameField = 33;
    private const byte DirectoryFlag = 2;
    private readonly Content image;
    private readonly (long Offset, long Length) root;

    private IsoFiles(Content image, (long, long) root) => (this.image, this.root) = (image, root);

    /// <summary>Opens an image.</summary>
    /// <exception cref="ImageException">IB2450: this is not an ISO 9660 image, or it is damaged.</exception>
    public static IsoFiles Open(Content image)
    {
        var descriptor = new byte[Block.Size];
        var at = new Block(DescriptorBlock).Offset;
        if (image.Length < at + Block.Size)
            throw Corrupt(image.Length, "the image ends before its volume descriptor");
        image.Read(at, descriptor);
        if (descriptor[0] != 1 || !descriptor.AsSpan(1, 5).SequenceEqual("CD001"u8))
            throw Corrupt(at, "there is no ISO 9660 volume descriptor");
        return new IsoFiles(image, Extent(image, descriptor.AsSpan(RootRecord), at + RootRecord));
    }

    /// <summary>The content of a regular file, or null when the path names none.</summary>
    /// <exception cref="ImageException">IB2450: the image is damaged.</exception>
    public Content? Find(string path)
    {
        var directory = root;
        var parts = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        for (var i = 0; i < parts.Length; i++)
        {
            var found = Entries(directory).Where(entry => entry.Name == parts[i]).ToArray();
            if (found.Length == 0 || found[0].IsDirectory != (i < parts.Length - 1))
                return null;
            if (found[0].IsDirectory)
                directory = found[0].Extent;
            else
                return new ExtentsContent(image, [.. found.Select(entry => entry.Extent)]);
        }
        return null;
    }

    /// <summary>Every regular file with its path and its length in bytes, folder by folder.</summary>
    /// <exception cref="ImageException">IB2450: the image is damaged.</exception>
    public IEnumerable<(string Path, long Length)> List()
    {
        var pending = new Queue<(string Path, (long Offset, long Length) Extent)>([("", root)]);
        var seen = new HashSet<long> { root.Offset };
        while (pending.TryDequeue(out var directory))
        {
            foreach (var entries in Entries(directory.Extent).GroupBy(entry => entry.Name))
            {
                var path = $"{directory.Path}/{entries.Key}";
                if (!entries.First().IsDirectory)
                    yield return (path, entries.Sum(section => section.Extent.Length));
                else if (seen.Add(entries.First().Extent.Offset))
                    pending.Enqueue((path, entries.First().Extent));
                else
                    throw Corrupt(entries.First().Extent.Offset, $"the folder {path} has another name already");
            }
        }
    }

    private List<(string Name, bool IsDirectory, (long Offset, long Length) Extent)> Entries((long Offset, long Length) directory)
    {
        if (directory.Length > MaxDirectory)
            throw new ImageException(ImageErrorKind.LimitExceeded, "IB2451", $"ISO image, byte {directory.Offset}: a directory of {directory.Length} bytes; at most {MaxDirectory} are read");
        var bytes = new byte[directory.Length];
        image.Read(directory.Offset, bytes);
        var entries = new List<(string, bool, (long, long))>();
        for (var at = 0; at < bytes.Length;)
        {
            var length = bytes[at];
            if (length == 0)
            {
                at = (at / Block.Size + 1) * Block.Size; // records do not straddle blocks
                continue;
            }
            var offset = directory.Offset + at;
            if (length < NameField + 1 || at + length > bytes.Length || NameField + bytes[at + NameLengthField] > length)
                throw Corrupt(offset, "a directory record's length is wrong");
            var record = bytes.AsSpan(at, length);
            var name = record.Slice(NameField, record[NameLengthField]);
            if (name.Length != 1 || name[0] > 1) // not "." and ".."
                entries.Add((RockRidgeName(record, offset) ?? PlainName(name), (record[FlagsField] & DirectoryFlag) != 0, Extent(image, record, offset)));
            at += length;
        }
        return entries;
    }

    /// <summary>The NM entries of a record (RRIP 4.1.4), through continuation areas (SUSP 5.1); null without.</summary>
    private string? RockRidgeName(ReadOnlySpan<byte> record, long offset)
    {
        var nameEnd = NameField + record[NameLengthField];
        var area = record[Math.Min(nameEnd + (nameEnd & 1), record.Length)..].ToArray();
        var name = new List<byte>();
        var named = false;
        for (var jumps = 0; ; jumps++)
        {
            (long Offset, int Length)? next = null;
            for (var rest = area.AsSpan(); rest.Length >= 4 && rest[2] >= 4 && rest[2] <= rest.Length; rest = rest[rest[2]..])
            {
                var entry = rest[..rest[2]];
                if (entry.StartsWith("NM"u8) && entry.Length >= 5)
                {
                    named = true;
                    name.AddRange(entry[5..]);
                }
                else if (entry.StartsWith("CE"u8) && entry.Length >= 28)
                {
                    var start = new Block(BinaryPrimitives.ReadUInt32LittleEndian(entry[4..])).Offset + BinaryPrimitives.ReadUInt32LittleEndian(entry[12..]);
                    next = (start, (int)Math.Min(BinaryPrimitives.ReadUInt32LittleEndian(entry[20..]), Block.Size));
                }
            }
            if (next is not { } continuation)
                return named ? Encoding.UTF8.GetString(name.ToArray()) : null;
            if (jumps == MaxContinuations || continuation.Offset + continuation.Length > image.Length)
                throw Corrupt(offset, "a record's continuation area does not end or lies outside the image");
            area = new byte[continuation.Length];
            image.Read(continuation.Offset, area);
        }
    }

    /// <summary>As Linux shows names without Rock Ridge: lower case, no version, no closing dot.</summary>
    private static string PlainName(ReadOnlySpan<byte> name) => Encoding.ASCII.GetString(name).Split(';')[0].TrimEnd('.').ToLowerInvariant();

    private static (long Offset, long Length) Extent(Content image, ReadOnlySpan<byte> record, long at)
    {
        var offset = new Block(BinaryPrimitives.ReadUInt32LittleEndian(record[ExtentField..])).Offset;
        long length = BinaryPrimitives.ReadUInt32LittleEndian(record[LengthField..]);
        return offset + length <= image.Length ? (offset, length) : throw Corrupt(at, $"a file of {length} bytes at byte {offset} passes the end of the image");
    }

    private static ImageException Corrupt(long at, string what) => new(ImageErrorKind.Corrupt, "IB2450", $"ISO image, byte {at}: {what}");

    /// <summary>A file's sections one after the other (ECMA-119 6.5.1).</summary>
    private sealed class ExtentsContent(Content image, (long Offset, long Length)[] extents) : Content
    {
        public override long Length { get; } = extents.Sum(extent => extent.Length);

        public override void Read(long offset, Span<byte> buffer)
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThan(offset + buffer.Length, Length, nameof(offset));
            foreach (var (start, length) in extents)
            {
                if (offset < length && !buffer.IsEmpty)
                {
                    var count = (int)Math.Min(buffer.Length, length - offset);
                    image.Read(start + offset, buffer[..count]);
                    buffer = buffer[count..];
                    offset = 0;
                }
                else
                {
                    offset -= length;
                }
            }
        }
    }
}
