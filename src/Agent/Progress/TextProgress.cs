using System.Globalization;

namespace ImageBuilder.Agent.Progress;

/// <summary>Progress for people: on a terminal one line that is written over, else a line at a part's beginning and every ten seconds of it.</summary>
/// <param name="write">Takes text for the standard error.</param>
/// <param name="isTerminal">Whether somebody sees it as it comes.</param>
/// <param name="time">The clock.</param>
internal sealed class TextProgress(Action<string> write, bool isTerminal, TimeProvider time) : IProgress
{
    private static readonly TimeSpan TerminalInterval = TimeSpan.FromMilliseconds(200), LogInterval = TimeSpan.FromSeconds(10);
    private string what = "";
    private long begun, told;
    private long start = -1;
    private bool isOpen;

    public void Begin(string step, string what)
    {
        Close();
        (this.what, begun, told, start) = (what, time.GetTimestamp(), time.GetTimestamp(), -1);
        Show(what);
    }

    public void Advance(long done, long total)
    {
        if (start < 0)
            start = done;
        if (time.GetElapsedTime(told) < (isTerminal ? TerminalInterval : LogInterval) && (done < total || !isTerminal))
            return;
        told = time.GetTimestamp();
        var seconds = time.GetElapsedTime(begun).TotalSeconds;
        var rate = seconds > 0 ? $", {Size.Text((long)((done - start) / seconds))}/s" : "";
        Show(total > 0 ? string.Create(CultureInfo.InvariantCulture, $"{what}: {done * 100.0 / total:0} % of {Size.Text(total)}{rate}") : $"{what}: {Size.Text(done)}{rate}");
    }

    public void Note(string text)
    {
        Close();
        write($"imageagent: {text}\n");
    }

    public void End() => Close();

    private void Show(string line)
    {
        // CR, and ECMA-48's EL: erase to the end of the line.
        write(isTerminal ? $"\r\x1b[K{line}" : $"imageagent: {line}\n");
        isOpen = isTerminal;
    }

    private void Close()
    {
        if (isOpen)
            write("\n");
        isOpen = false;
    }
}
