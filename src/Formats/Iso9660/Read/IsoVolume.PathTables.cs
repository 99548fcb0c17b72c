using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Formats.Iso9660;

public sealed partial class IsoVolume
{
    private const uint MaxPathTable = 32 << 20;
    private const int PathRecordSize = 8;

    /// <summary>
    /// Compares the path tables with the directories: every directory is in both, once, with its identifier and its parent (ECMA-119 6.9, 9.4). Linux
    /// does not read them; other systems and boot loaders find directories by them.
    /// </summary>
    /// <exception cref="ImageException">IB2412: a table differs. IB2420: it is longer than is read. IB2411 to IB2423: the directories are damaged.</exception>
    public void CheckPathTables()
    {
        foreach (var descriptor in new[] { Primary, Joliet }.OfType<IsoDescriptor>())
        {
            var reader = Reader(descriptor.IsJoliet ? IsoNameSpace.Joliet : IsoNameSpace.Plain, regions: null, out _);
            reader.Read(descriptor.Root); // not by Rock Ridge: tables know relocated directories where they are parked
            CheckPathTable(descriptor, descriptor.LittleEndianPathTable, bigEndian: false, reader.Directories);
            CheckPathTable(descriptor, descriptor.BigEndianPathTable, bigEndian: true, reader.Directories);
        }
    }

    private void CheckPathTable(IsoDescriptor descriptor, uint block, bool bigEndian, IReadOnlyDictionary<uint, (uint Parent, byte[] Identifier)> directories)
    {
        var start = origin + new Block(block).Offset;
        var table = $"the {(descriptor.IsJoliet ? "Joliet " : "")}path table, {(bigEndian ? "big" : "little")}-endian,";
        if (descriptor.PathTableSize > MaxPathTable)
            throw IsoError.TooMuch(descriptor.Offset + 132, $"{table} has {descriptor.PathTableSize} bytes; at most {MaxPathTable} are read");
        var bytes = image.Slice(start, descriptor.PathTableSize).ToArray((int)MaxPathTable);
        var blocks = new List<uint>();
        var seen = new HashSet<uint>();
        for (var at = 0; at < bytes.Length;)
        {
            if (bytes.Length - at < PathRecordSize || bytes.Length - at < PathRecordSize + bytes[at])
                throw Wrong(at, "ends in the middle of a record");
            var record = new RecordReader(bytes.AsSpan(at));
            var length = record.U8();
            var attributes = record.U8(); // blocks of an extended attribute record, before the directory's data
            var directory = (bigEndian ? record.U32BigEndian() : record.U32()) + attributes;
            var parent = bigEndian ? record.U16BigEndian() : record.U16();
            var identifier = record.Bytes(length);
            if (!directories.TryGetValue(directory, out var real))
                throw Wrong(at, $"names a directory '{EntryName.Printable(identifier)}' at block {directory}, where none is");
            if (!seen.Add(directory))
                throw Wrong(at, $"names the directory at block {directory} twice");
            if (!identifier.SequenceEqual(real.Identifier))
                throw Wrong(at, $"calls the directory at block {directory} '{EntryName.Printable(identifier)}'; its record says '{EntryName.Printable(real.Identifier)}'");
            if (parent < 1 || parent > Math.Max(1, blocks.Count) || (blocks.Count == 0 ? directory : blocks[parent - 1]) != real.Parent)
                throw Wrong(at, $"gives the directory '{EntryName.Printable(identifier)}' at block {directory} the parent number {parent}, which is not the directory that holds it");
            blocks.Add(directory);
            at += PathRecordSize + (length + 1 & ~1);
        }
        if (blocks.Count != directories.Count)
            throw Wrong(0, $"names {blocks.Count} of {directories.Count} directories");

        ImageException Wrong(int at, string what) => IsoError.Corrupt(IsoError.Descriptor, start + at, $"{table} {what}");
    }
}
