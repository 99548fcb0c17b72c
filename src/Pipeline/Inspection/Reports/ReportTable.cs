namespace ImageBuilder.Pipeline.Inspection.Reports;

/// <summary>A list of like things: in JSON an array of objects, in text columns.</summary>
/// <param name="Name">camelCase name.</param>
/// <param name="Columns">camelCase names of the columns.</param>
public sealed record ReportTable(string Name, params string[] Columns)
{
    /// <summary>For each row a value for each column: text, number, truth or null.</summary>
    public List<object?[]> Rows { get; } = [];

    /// <summary>True for a long list that text shows only when asked; JSON always has it.</summary>
    public bool IsLong { get; init; }

    public void Add(params object?[] row) => Rows.Add(row);
}
