namespace ImageBuilder.Pipeline.Plan;

/// <summary>One file or folder to put into the tree: exactly one of <see cref="Source"/> and <see cref="Content"/> is given.</summary>
public sealed record FilePlan
{
    /// <summary>Absolute path in the image.</summary>
    public required string Path { get; init; }

    /// <summary>Absolute path of a file or folder of the builder; a folder's whole content is taken.</summary>
    public string? Source { get; init; }

    /// <summary>The file's text (from "content", or a "template" expanded).</summary>
    public string? Content { get; init; }

    /// <summary>Permission bits for files; null: 0644, or as the source's owner-executable bit says 0755; folders 0755.</summary>
    public ushort? Mode { get; init; }

    /// <summary>Owner's name or number; "root" by default. Resolved against the tree's own passwd.</summary>
    public required string Owner { get; init; }

    /// <summary>Group's name or number; null for the owner's own group.</summary>
    public string? Group { get; init; }

    /// <summary>Where the spec says so, "live.yaml:12:5", for messages.</summary>
    public required string Origin { get; init; }
}
