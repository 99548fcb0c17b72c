using ImageBuilder.Formats.Gpt;
using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Formats.Iso9660;

public sealed partial class IsoVolume
{
    private List<IsoRegion>? regions;

    /// <summary>
    /// Which structure or file a byte of the image belongs to: "file /x, byte 5", "directory record of /x", "El Torito boot catalog", a part of the
    /// partition tables, an appended partition, or padding.
    /// </summary>
    /// <param name="offset">A byte of the image.</param>
    /// <exception cref="ImageException">IB2411 to IB2423: the image is damaged.</exception>
    public string Locate(long offset)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        if (offset >= image.Length)
            return "behind the end of the image";
        regions ??= Regions();
        IsoRegion? best = null;
        foreach (var region in regions)
            if (region.Contains(offset) && (best is null || region.Length < best.Value.Length))
                best = region;
        if (best is null)
            return Between(offset);
        return best.Value.What.EndsWith("directory", StringComparison.Ordinal) ? RecordAt(best.Value, offset) : best.Value.Describe(offset);
    }

    /// <summary>Every structure and file of this volume, and of the one that a partition of a hybrid image mounts as.</summary>
    private List<IsoRegion> Regions()
    {
        var all = VolumeRegions();
        all.Add(new IsoRegion(0, FirstDescriptor.Offset, "system area"));
        if (Tables(all) is { } tables)
        {
            all.AddRange(tables.Structures.Select(part => new IsoRegion(part.Offset, part.Length, part.Name)));
            foreach (var partition in tables.Partitions)
            {
                if (partition.Offset > 0 && partition.Offset % Block.Size == 0 && IsAt(image, partition.Offset))
                    all.AddRange(Open(image, partition.Offset).VolumeRegions().Where(region => region.What != "file")
                        .Select(region => region with { What = $"in partition {partition.Number}: {region.What}" }));
                else if (!all.Exists(region => region.Offset == partition.Offset && region.Length == partition.Length))
                    all.Add(new IsoRegion(partition.Offset, partition.Length, partition.Offset == 0 ? "padding" : $"partition {partition.Number}"));
            }
        }
        return all;
    }

    private DiskTables? Tables(List<IsoRegion> all)
    {
        try
        {
            return DiskTables.Read(image);
        }
        catch (ImageException error)
        {
            all.Add(new IsoRegion(0, Mbr.Size, $"master boot record (partition tables damaged: {error.Message})"));
            return null;
        }
    }

    private List<IsoRegion> VolumeRegions()
    {
        var found = new List<IsoRegion>(descriptors);
        foreach (var descriptor in new[] { Primary, Joliet }.OfType<IsoDescriptor>())
        {
            var joliet = descriptor.IsJoliet ? "Joliet " : "";
            found.Add(new IsoRegion(origin + new Block(descriptor.LittleEndianPathTable).Offset, descriptor.PathTableSize, $"{joliet}path table, little-endian"));
            found.Add(new IsoRegion(origin + new Block(descriptor.BigEndianPathTable).Offset, descriptor.PathTableSize, $"{joliet}path table, big-endian"));
        }
        foreach (var names in Joliet is null ? [BestNames] : new[] { HasRockRidge ? IsoNameSpace.RockRidge : IsoNameSpace.Plain, IsoNameSpace.Joliet })
        {
            var reader = Reader(names, found, out var descriptor);
            reader.Read(descriptor.Root);
            found.AddRange(reader.ContinuationAreas.Select(area => new IsoRegion(area.Offset, area.Length, "Rock Ridge continuation area")));
        }
        if (ReadBootCatalog() is { } boot)
        {
            found.Add(new IsoRegion(boot.Offset, Block.Size, "El Torito boot catalog"));
            // A boot image that is a file is told as the file.
            found.AddRange(boot.Entries.Where(entry => !found.Exists(region => region.Contains(entry.Offset)))
                .Select(entry => new IsoRegion(entry.Offset, Math.Min(entry.Length, image.Length - entry.Offset), $"{entry.Platform} boot image")));
        }
        return found;
    }

    private string RecordAt(IsoRegion directory, long offset)
    {
        var data = new byte[directory.Length];
        image.Read(directory.Offset, data);
        foreach (var record in RawDirectoryRecord.ReadAll(data, directory.Offset))
            if (offset >= record.Offset && offset < record.Offset + record.Size)
                return record.IsDot || record.IsDotDot ? $"{directory.What} {directory.Place}, record '{(record.IsDot ? "." : "..")}', byte {offset - record.Offset}"
                    : $"{directory.What} {directory.Place}, record of '{EntryName.Printable(NameOf(record, directory))}', byte {offset - record.Offset}";
        return $"{directory.What} {directory.Place}, padding of its block";
    }

    private byte[] NameOf(RawDirectoryRecord record, IsoRegion directory)
    {
        if (directory.What.Contains("Joliet", StringComparison.Ordinal))
            return record.PlainName(joliet: true);
        if (!HasRockRidge || directory.What.StartsWith("in ", StringComparison.Ordinal))
            return record.PlainName(joliet: false); // another volume's blocks count from elsewhere
        return RockRidgeReader.Read(SystemUse().Entries(record, isRoot: false)).Name ?? record.PlainName(joliet: false);
    }

    private string Between(long offset)
    {
        IsoRegion? before = null;
        foreach (var region in regions!)
            if (region.Offset + region.Length <= offset && (before is null || region.Offset + region.Length > before.Value.Offset + before.Value.Length))
                before = region;
        return before is { } last ? $"padding behind {last.What}{(last.Place is null ? "" : $" {last.Place}")}, byte {offset - last.Offset - last.Length}" : "padding";
    }
}
