using System.Text;
using System.Text.Json;
using ImageBuilder.Agent.Progress;
using ImageBuilder.Formats;
using ImageBuilder.Linux;

namespace ImageBuilder.Agent;

/// <summary>Where the agent speaks: results to the standard output, everything else to the standard error.</summary>
/// <remarks>Not System.Console: it sets the terminal up in its own way, which a program that is started afterwards would inherit, and it is large.</remarks>
/// <param name="output">Takes text for the standard output.</param>
/// <param name="error">Takes text for the standard error.</param>
internal sealed class AgentConsole(Action<string> output, Action<string> error)
{
    /// <summary>Results and errors as JSON.</summary>
    public bool Json { get; set; }

    /// <summary>Writes a result: as text, or as JSON when that is asked for.</summary>
    /// <param name="text">The lines for people.</param>
    /// <param name="json">Writes the members of one object.</param>
    public void Result(Func<string> text, Action<Utf8JsonWriter> json)
    {
        if (Json)
            output(Object(json));
        else
            Text(text());
    }

    /// <summary>Writes text to the standard output, with a line feed at its end.</summary>
    public void Text(string text) => output(text.Length == 0 || text[^1] == '\n' ? text : text + "\n");

    /// <summary>Says something that is no result; only to people.</summary>
    public void Note(string text)
    {
        if (!Json)
            error($"imageagent: {text}\n");
    }

    /// <summary>Tells how far a long work is, on the standard error: for people, or as JSON lines when that is asked for.</summary>
    public IProgress Progress() => Json ? new JsonProgress(error, TimeProvider.System) : new TextProgress(error, Terminal.IsTerminal(2), TimeProvider.System);

    /// <summary>Reports an error that was expected.</summary>
    public void Error(ImageException trouble) => Error(trouble.Id, trouble.Message);

    /// <summary>Reports an error.</summary>
    /// <param name="id">Its stable id; null for wrong usage.</param>
    /// <param name="message">What is wrong, and the way out.</param>
    public void Error(string? id, string message) => error(!Json ? $"error{(id is null ? "" : $" {id}")}: {message}\n" : Object(json =>
    {
        json.WriteString("type", "error");
        if (id is not null)
            json.WriteString("id", id);
        json.WriteString("message", message);
    }));

    private static string Object(Action<Utf8JsonWriter> members)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            members(json);
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(buffer.ToArray()) + "\n";
    }
}
