using System.CommandLine;

namespace ImageBuilder.Cli.Commands;

/// <summary>An option that takes one of an enumeration's values, written in lower case in help, errors, completion and on the command line.</summary>
internal sealed class ChoiceOption<T> : Option<string> where T : struct, Enum
{
    private readonly Dictionary<string, T> words;

    /// <param name="name">Such as "--firmware".</param>
    /// <param name="description">For help.</param>
    /// <param name="usual">The default.</param>
    /// <param name="hidden">Values that the command line does not offer.</param>
    public ChoiceOption(string name, string description, T usual, params T[] hidden) : base(name)
    {
        words = Enum.GetValues<T>().Except(hidden).ToDictionary(value => value.ToString().ToLowerInvariant(), StringComparer.OrdinalIgnoreCase);
        Description = description;
        HelpName = string.Join('|', words.Keys);
        DefaultValueFactory = _ => usual.ToString().ToLowerInvariant();
        CompletionSources.Add([.. words.Keys]);
        Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string>() is not { } word || words.ContainsKey(word))
                return;
            var near = Suggestion.For(word, [.. words.Keys]);
            result.AddError($"{name} {word}: expected {string.Join(", ", words.Keys.SkipLast(1))} or {words.Keys.Last()}{(near is null ? "" : $"; did you mean '{near}'?")}");
        });
    }

    /// <summary>What the command line says.</summary>
    public T In(ParseResult parsed) => words[parsed.GetRequiredValue(this)];
}
