using System.Text;
using System.Text.Json;

namespace ImageBuilder.Agent.Progress;

/// <summary>
/// Progress for programs, one JSON object a line: {"type":"step","step","text"}, {"type":"progress","step","done","total"} at most twice a second and at a part's end, and
/// {"type":"note","text"}. Sizes in bytes.
/// </summary>
/// <param name="write">Takes the lines.</param>
/// <param name="time">The clock.</param>
internal sealed class JsonProgress(Action<string> write, TimeProvider time) : IProgress
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);
    private string step = "";
    private long told;

    public void Begin(string step, string what)
    {
        (this.step, told) = (step, 0);
        Line("step", json =>
        {
            json.WriteString("step", step);
            json.WriteString("text", what);
        });
    }

    public void Advance(long done, long total)
    {
        if (told != 0 && time.GetElapsedTime(told) < Interval && done < total)
            return;
        told = time.GetTimestamp();
        Line("progress", json =>
        {
            json.WriteString("step", step);
            json.WriteNumber("done", done);
            if (total > 0)
                json.WriteNumber("total", total);
        });
    }

    public void Note(string text) => Line("note", json => json.WriteString("text", text));

    public void End()
    {
    }

    private void Line(string type, Action<Utf8JsonWriter> members)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("type", type);
            members(json);
            json.WriteEndObject();
        }
        write(Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length) + "\n");
    }
}
