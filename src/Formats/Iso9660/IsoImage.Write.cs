namespace ImageBuilder.Formats.Iso9660;

public sealed partial class IsoImage
{
    /// <summary>Writes the image front to back; the stream need not seek.</summary>
    /// <param name="progress">Told the bytes written and their total.</param>
    /// <exception cref="ImageException">IB2060: the stream refused; IB2010: a content could not be read.</exception>
    public void Write(Stream output, Action<long, long>? progress = null, CancellationToken cancel = default)
    {
        var writer = new SequentialWriter(output, Length, progress, cancel);
        if (hybrid is not null)
            writer.Write(hybrid.SystemArea(bios?.Start, isoEnd, EfiPlace));
        foreach (var volume in hierarchies.GroupBy(hierarchy => hierarchy.Origin))
            WriteDescriptors(writer, volume.Key, [.. volume]);
        writer.PadTo((DescriptorStart(hierarchies[^1].Origin) + DescriptorCount).Offset);
        foreach (var hierarchy in hierarchies)
            hierarchy.Write(writer);
        if (HasCatalog)
        {
            writer.At(catalog.Offset);
            writer.Write(ElTorito.Catalog(bios?.Start, efi is null ? null : (efi.Start, efi.Content.Length)));
        }
        foreach (var file in efi is null ? Files : Files.Append(efi))
        {
            writer.At(file.Start.Offset);
            writer.Copy(file.Content);
            writer.PadTo((file.Start + Block.CountFor(file.Content.Length)).Offset);
        }
        writer.PadTo(end.Offset);
        hybrid?.WriteEnd(writer);
        writer.End();
    }

    /// <summary>
    /// A volume's descriptors from its 16th block on. The main volume covers the whole image; the one that the partition mounts as ends with
    /// the partition, and nothing boots by it.
    /// </summary>
    private void WriteDescriptors(SequentialWriter writer, Block origin, IReadOnlyList<Hierarchy> volume)
    {
        var main = origin == default;
        var blocks = main ? Block.CountFor(Length) : isoEnd - origin;
        writer.PadTo(DescriptorStart(origin).Offset);
        writer.Write(VolumeDescriptors.Volume(options, volume[0], blocks));
        if (main && HasCatalog)
            writer.Write(VolumeDescriptors.BootRecord(catalog)); // in block 17, as El Torito demands
        foreach (var joliet in volume.Skip(1))
            writer.Write(VolumeDescriptors.Volume(options, joliet, blocks));
        writer.Write(VolumeDescriptors.Terminator());
    }
}
