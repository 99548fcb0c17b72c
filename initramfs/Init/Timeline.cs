using System.Globalization;
using System.Text;

namespace ImageBuilder.Init;

/// <summary>What happened when, and which choices were made why; /run/imagebuilder/boot.json. Times in µs on CLOCK_BOOTTIME.</summary>
internal sealed class Timeline(Func<long> clock)
{
    private readonly List<(string Name, long Start, long? End, string? Skipped)> phases = [];
    private readonly List<(string What, string Choice, string Reason)> decisions = [];
    private readonly SortedDictionary<string, string> facts = new(StringComparer.Ordinal);

    public IReadOnlyList<(string What, string Choice, string Reason)> Decisions => decisions;

    /// <summary>Notes the start of a phase; the result ends it and gives its times.</summary>
    public Func<(long Start, long End)> Begin(string name)
    {
        var index = phases.Count;
        var start = clock();
        phases.Add((name, start, null, null));
        return () =>
        {
            var end = clock();
            phases[index] = (name, start, end, null);
            return (start, end);
        };
    }

    /// <summary>Notes a phase that had nothing to do.</summary>
    public void Skip(string name)
    {
        var now = clock();
        phases.Add((name, now, now, "nothing to do"));
    }

    public void Decide(string what, string choice, string reason) => decisions.Add((what, choice, reason));

    /// <summary>A value of the whole boot: the image, the upper, the init.</summary>
    public void Set(string name, string? value) => facts[name] = Json(value);

    /// <inheritdoc cref="Set(string, string?)"/>
    public void Set(string name, long value) => facts[name] = Json(value);

    /// <summary>Values that belong together.</summary>
    public void SetObject(string name, params (string Name, object? Value)[] members) =>
        facts[name] = $"{{{string.Join(',', Array.ConvertAll(members, member => $"{Quote(member.Name)}:{Json(member.Value)}"))}}}";

    /// <summary>Any number of texts.</summary>
    public void SetList(string name, IEnumerable<string> values) => facts[name] = $"[{string.Join(',', values.Select(Quote))}]";

    /// <summary>The timeline as JSON on one line. A phase that has not ended yet ends now.</summary>
    public string ToJson()
    {
        var now = clock();
        var json = new StringBuilder("{\"schema\":1,\"clock\":\"CLOCK_BOOTTIME\",\"unit\":\"us\"");
        foreach (var (name, value) in facts)
            json.Append(',').Append(Quote(name)).Append(':').Append(value);
        json.Append(",\"phases\":[");
        var separator = "";
        foreach (var phase in phases)
        {
            json.Append(CultureInfo.InvariantCulture, $"{separator}{{\"name\":{Quote(phase.Name)},\"start\":{phase.Start},\"end\":{phase.End ?? now}{(phase.Skipped is { } why ? $",\"skipped\":{Quote(why)}" : "")}}}");
            separator = ",";
        }
        json.Append("],\"decisions\":[");
        separator = "";
        foreach (var decision in decisions)
        {
            json.Append($"{separator}{{\"what\":{Quote(decision.What)},\"choice\":{Quote(decision.Choice)},\"reason\":{Quote(decision.Reason)}}}");
            separator = ",";
        }
        return json.Append("]}").ToString();
    }

    private static string Json(object? value) => value switch
    {
        null => "null",
        string text => Quote(text),
        _ => string.Create(CultureInfo.InvariantCulture, $"{value}"),
    };

    // RFC 8259 §7; everything outside printable ASCII is escaped, so that a serial line cannot garble it.
    internal static string Quote(string text)
    {
        var quoted = new StringBuilder("\"");
        foreach (var c in text)
        {
            if (c is '"' or '\\')
                quoted.Append('\\').Append(c);
            else if (c is >= ' ' and <= '~')
                quoted.Append(c);
            else
                quoted.Append($"\\u{(int)c:x4}");
        }
        return quoted.Append('"').ToString();
    }
}
