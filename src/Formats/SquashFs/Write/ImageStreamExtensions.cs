namespace ImageBuilder.Formats.SquashFs;

/// <summary>Putting tables into an image.</summary>
internal static class ImageStreamExtensions
{
    /// <summary>Finishes a table and appends it; returns where it begins.</summary>
    public static long Append(this Stream image, MetadataWriter table)
    {
        var start = image.Position;
        table.Finish();
        table.CopyTo(image);
        return start;
    }

    /// <summary>Finishes a table and appends it and right behind it its index; returns where the index begins.</summary>
    public static long AppendIndexed(this Stream image, MetadataWriter table)
    {
        var start = image.Append(table);
        var index = image.Position;
        table.WriteIndex(image, start);
        return index;
    }
}
