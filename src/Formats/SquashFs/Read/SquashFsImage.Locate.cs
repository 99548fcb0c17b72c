using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Formats.SquashFs;

public sealed partial class SquashFsImage
{
    private const int NamesShown = 3;
    private DataRun[]? dataRuns;
    private Dictionary<uint, uint[]>? fragmentFiles;

    /// <summary>The blocks of a file, or a fragment, in the image.</summary>
    private readonly record struct DataRun(long Start, long End, int Inode, uint Fragment);

    /// <summary>Names what holds a byte of the image: a field of the superblock, a block of a file, a fragment and its files, a block of a table.</summary>
    /// <param name="offset">Byte from the image's start.</param>
    public string Locate(long offset)
    {
        if (offset < 0 || offset >= image.Length)
            return $"outside the image of {image.Length} bytes";
        if (offset < Superblock.Size)
        {
            var field = Superblock.Fields.Last(known => Superblock.OffsetOf(known.Name) <= offset);
            return $"superblock, {field.Name}";
        }
        var part = Parts().Last(known => known.Offset <= offset && (known.Length > 0 || known.Offset < offset));
        if (offset >= part.Offset + part.Length)
            return $"gap behind the {part.Name}";
        if (part.Name == DataPart)
            return LocateData(offset);
        var table = Tables().FirstOrDefault(known => known.Start <= offset && offset < known.End);
        return table is null ? part.Name : LocateMetadata(table, offset);
    }

    private IEnumerable<MetadataTable> Tables() =>
        new[] { tables.Inodes, tables.Directories, tables.Fragments?.Table, tables.Export?.Table, tables.Ids.Table, tables.Xattrs, tables.XattrSets?.Table }.OfType<MetadataTable>();

    private string LocateMetadata(MetadataTable table, long offset)
    {
        var index = table.Blocks.Count - 1;
        while (table.Blocks[index].At > offset)
            index--;
        var (start, end) = (table.Blocks[index].Position, table.BlockEnd(index));
        var numbers = table == tables.Inodes ? Survey.Inodes.Where(inode => inode.End > start && inode.Position < end).Select(inode => inode.Number).ToArray()
            : table == tables.Directories ? [.. Survey.Inodes.Where(inode => inode.Kind == NodeKind.Directory && inode.Length > 0 && ListingMeets(inode, start, end)).Select(inode => inode.Number)]
            : [];
        return $"{table.Name}, block {index}{(numbers.Length == 0 ? "" : $" ({(table == tables.Inodes ? "inodes" : "listings")} of {Names(numbers)})")}";
    }

    private bool ListingMeets(in InodeRecord directory, int start, int end)
    {
        var position = tables.Directories.Find(directory.Listing);
        return position >= 0 && position < end && position + directory.Length > start;
    }

    private string LocateData(long offset)
    {
        dataRuns ??= DataRuns();
        var index = Array.BinarySearch(dataRuns, new DataRun(offset, 0, 0, 0), Comparer<DataRun>.Create((left, right) => left.Start.CompareTo(right.Start)));
        index = index < 0 ? ~index - 1 : index;
        if (index < 0 || offset >= dataRuns[index].End)
            return "data that belongs to no file";
        var run = dataRuns[index];
        if (run.Inode < 0)
            return $"fragment {run.Fragment} ({Names([.. Survey.Inodes.Where(inode => inode.Kind == NodeKind.File && inode.Fragment == run.Fragment).Select(inode => inode.Number)])})";
        var file = inodes.Read(run.Inode);
        var block = 0;
        for (var at = file.BlocksStart + BlockSize(file, 0).Stored; at <= offset; at += BlockSize(file, block).Stored)
            block++;
        var first = (long)block * superblock.BlockSize;
        return $"data block {block} of {Survey.PathOf(file.Number)} (its bytes {first} to {Math.Min(first + superblock.BlockSize, file.Length) - 1})";
    }

    private DataRun[] DataRuns()
    {
        var runs = new List<DataRun>();
        for (var index = 0u; index < tables.FragmentCount; index++)
        {
            var (at, size) = tables.Fragment(index);
            runs.Add(new DataRun(at, at + size.Stored, -1, index));
        }
        var seen = new HashSet<long>();
        foreach (var inode in Survey.Inodes)
        {
            if (inode.Kind != NodeKind.File || inode.BlockCount == 0)
                continue;
            var end = inode.BlocksStart;
            for (var block = 0; block < inode.BlockCount; block++)
                end += BlockSize(inode, block).Stored;
            if (end > inode.BlocksStart && seen.Add(inode.BlocksStart)) // equal files share their blocks
                runs.Add(new DataRun(inode.BlocksStart, end, inode.Position, 0));
        }
        return [.. runs.OrderBy(run => run.Start)];
    }

    private string Names(uint[] numbers) => numbers.Length == 0 ? "no file"
        : string.Join(", ", numbers.Take(NamesShown).Select(Survey.PathOf)) + (numbers.Length > NamesShown ? $" and {numbers.Length - NamesShown} more" : "");
}
