namespace ImageBuilder.Cli.Rendering;

/// <summary>How progress is shown: --progress.</summary>
internal enum ProgressMode
{
    /// <summary>A live display on a terminal, plain lines otherwise.</summary>
    Auto,

    /// <summary>A live display.</summary>
    Term,

    /// <summary>A line when a step begins and one when it ends.</summary>
    Plain,

    /// <summary>One JSON object per line.</summary>
    Json,
}
