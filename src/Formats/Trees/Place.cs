namespace ImageBuilder.Formats.Trees;

/// <summary>Where a file stands in the tree. Paths are put together only when somebody asks, since hostile images may have very long ones.</summary>
internal sealed record Place(Place? Parent, EntryName Name)
{
    private const int MaxPath = 4095; // PATH_MAX
    private const int MaxDepth = 255;

    /// <summary>The root directory.</summary>
    public static Place Root { get; } = new(null, default);

    private int Depth { get; } = Parent is null ? 0 : Parent.Depth + 1;

    private int PathLength { get; } = Parent is null ? 0 : Parent.PathLength + 1 + Name.Bytes.Length;

    /// <summary>True for a path that Linux could not open, or that no real image has.</summary>
    public bool IsTooDeep => PathLength > MaxPath || Depth > MaxDepth;

    public override string ToString() => Parent is null ? "/" : Parent.Parent is null ? $"/{Name}" : $"{Parent}/{Name}";
}
