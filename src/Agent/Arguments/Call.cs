namespace ImageBuilder.Agent.Arguments;

/// <summary>A verb with what was given to it.</summary>
/// <param name="Words">Words that belong to no option.</param>
/// <param name="Values">Options that were given, by name, with their values.</param>
/// <param name="Command">What stands after `--`.</param>
/// <param name="Console">Where to speak.</param>
/// <param name="OpenDevice">The running system, or why it is none.</param>
internal sealed record Call(IReadOnlyList<string> Words, IReadOnlyDictionary<string, List<string>> Values, IReadOnlyList<string> Command, AgentConsole Console, Func<Device> OpenDevice)
{
    /// <summary>Whether an option was given.</summary>
    public bool Has(string option) => Values.ContainsKey(option);

    /// <summary>An option's value; null when it was not given.</summary>
    public string? Value(string option) => Values.TryGetValue(option, out var values) ? values[^1] : null;

    /// <summary>All values of an option.</summary>
    public IReadOnlyList<string> All(string option) => Values.TryGetValue(option, out var values) ? values : [];

    /// <summary>A verb's arguments; or what is wrong with them.</summary>
    /// <param name="verb">The verb.</param>
    /// <param name="arguments">What was given to it.</param>
    /// <param name="console">Where to speak.</param>
    /// <param name="openDevice">The running system.</param>
    /// <exception cref="UsageException">They do not fit.</exception>
    public static Call Parse(Verb verb, IReadOnlyList<string> arguments, AgentConsole console, Func<Device> openDevice)
    {
        var words = new List<string>();
        var values = new Dictionary<string, List<string>>(StringComparer.Ordinal);
        IReadOnlyList<string> command = [];
        for (var i = 0; i < arguments.Count; i++)
        {
            var word = arguments[i];
            if (word == "--")
            {
                command = [.. arguments.Skip(i + 1)];
                if (!verb.TakesCommand)
                {
                    words.AddRange(command); // names of files that begin with '-'
                    command = [];
                }
                break;
            }
            if (word.Length < 2 || word[0] != '-')
            {
                words.Add(word);
                continue;
            }
            var (name, value) = word.StartsWith("--", StringComparison.Ordinal) && word.Split('=', 2) is [var left, var right] ? (left, right) : (word, null);
            var option = Known(verb, name);
            if (!values.TryGetValue(option.Name, out var given))
                values[option.Name] = given = [];
            else if (!option.Many)
                throw new UsageException($"{option.Name} is given twice");
            if (option.Value is null)
            {
                if (value is not null)
                    throw new UsageException($"{option.Name} takes no value");
                continue;
            }
            if (value is not null)
                given.Add(value);
            else
                while (i + 1 < arguments.Count && (arguments[i + 1].Length < 2 || arguments[i + 1][0] != '-') && (option.Many || given.Count == 0))
                    given.Add(arguments[++i]);
            if (given.Count == 0)
                throw new UsageException($"{option.Name} needs a value: {option.Usage}");
        }
        if (words.Count < verb.Count.Least || words.Count > verb.Count.Most)
            throw new UsageException(words.Count < verb.Count.Least ? $"{verb.Name} needs {verb.Words}" : $"{verb.Name} does not take '{words[verb.Count.Most]}'");
        return new Call(words, values, command, console, openDevice);
    }

    private static Option Known(Verb verb, string name) =>
        CommandLine.OptionsOf(verb).FirstOrDefault(option => option.Is(name))
        ?? throw new UsageException($"unknown option '{name}'; {Suggestion.OrAll(name, [.. CommandLine.OptionsOf(verb).Select(option => option.Name)], $"{verb.Name} has")}");
}
