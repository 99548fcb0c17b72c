namespace ImageBuilder.Pipeline.Inspection.Reports;

/// <summary>What is known of an image or of a part of one: a tree that the renderers turn into text or JSON.</summary>
/// <param name="kind">A short word for programs: "iso9660", "squashfs", "fat", "disk", "initramfs", "tar", …</param>
/// <param name="title">What it is, in words.</param>
/// <param name="name">Where it was found: a file's name, a path in the image, a partition.</param>
/// <param name="length">Its length in bytes.</param>
public sealed class ImageReport(string kind, string title, string name, long length)
{
    /// <summary>A short word for programs.</summary>
    public string Kind { get; } = kind;

    /// <summary>What it is, in words.</summary>
    public string Title { get; } = title;

    /// <summary>Where it was found.</summary>
    public string Name { get; } = name;

    /// <summary>Its length in bytes.</summary>
    public long Length { get; } = length;

    /// <summary>Single facts in the order to show them: camelCase name; text, number or truth.</summary>
    public List<(string Name, object Value)> Facts { get; } = [];

    /// <summary>Lists of like things.</summary>
    public List<ReportTable> Tables { get; } = [];

    /// <summary>Images inside this one.</summary>
    public List<ImageReport> Parts { get; } = [];

    /// <summary>What is wrong with it.</summary>
    public List<string> Faults { get; } = [];

    /// <summary>True when it, or a part of it, is damaged or unknown.</summary>
    public bool HasFaults => Faults.Count > 0 || Parts.Exists(part => part.HasFaults);

    /// <summary>Adds a fact that is known; nothing for null and empty text.</summary>
    public void Add(string name, object? value)
    {
        if (value is not (null or ""))
            Facts.Add((name, value));
    }

    /// <summary>Adds a table that has rows.</summary>
    public void Add(ReportTable table)
    {
        if (table.Rows.Count > 0)
            Tables.Add(table);
    }
}
