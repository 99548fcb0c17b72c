namespace ImageBuilder.Agent.Arguments;

/// <summary>An option of a verb.</summary>
/// <param name="Name">As it is written: "--keep", "-o".</param>
/// <param name="Value">What its value is called in help; null for an option without one.</param>
/// <param name="Help">What it does.</param>
/// <param name="Many">Takes every word up to the next option, and may be given several times.</param>
internal sealed record Option(string Name, string? Value, string Help, bool Many = false)
{
    /// <summary>Its other name.</summary>
    public string? Alias { get; init; }

    /// <summary>As help shows it.</summary>
    public string Usage => $"{(Alias is null ? "" : Alias + ", ")}{Name}{(Value is null ? "" : $" {Value}")}{(Many ? "…" : "")}";

    /// <summary>Whether it is written so.</summary>
    public bool Is(string word) => word == Name || word == Alias;
}
