namespace ImageBuilder.Agent.Arguments;

/// <summary>A verb: what help says of it, what may be given to it, and what it does.</summary>
/// <param name="Name">The word.</param>
/// <param name="Summary">What it does, on one line.</param>
/// <param name="Help">All that is to be known, below the usage: files, units, what is undone how.</param>
/// <param name="Run">Does it, and gives the exit code.</param>
internal sealed record Verb(string Name, string Summary, string Help, Func<Call, int> Run)
{
    public IReadOnlyList<Option> Options { get; init; } = [];

    /// <summary>What the words beside options are called: "[PATH…]"; empty when there are none.</summary>
    public string Words { get; init; } = "";

    /// <summary>How many words there may be.</summary>
    public (int Least, int Most) Count { get; init; }

    /// <summary>What stands after `--` is a command of its own.</summary>
    public bool TakesCommand { get; init; }
}
