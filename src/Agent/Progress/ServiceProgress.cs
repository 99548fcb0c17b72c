using System.Globalization;

namespace ImageBuilder.Agent.Progress;

/// <summary>Progress as a service's status, once a second; each sign of progress feeds the service's watchdog.</summary>
/// <param name="manager">systemd.</param>
/// <param name="notes">Gets the notes, for the journal.</param>
/// <param name="time">The clock.</param>
internal sealed class ServiceProgress(ServiceManager manager, Action<string> notes, TimeProvider time) : IProgress
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    private string what = "";
    private long told;

    public void Begin(string step, string what)
    {
        (this.what, told) = (what, time.GetTimestamp());
        manager.Alive();
        manager.Status(what);
    }

    public void Advance(long done, long total)
    {
        manager.Alive();
        if (time.GetElapsedTime(told) < Interval)
            return;
        told = time.GetTimestamp();
        manager.Status(total > 0 ? string.Create(CultureInfo.InvariantCulture, $"{what}: {done * 100.0 / total:0} % of {Size.Text(total)}") : $"{what}: {Size.Text(done)}");
    }

    public void Note(string text)
    {
        manager.Alive();
        notes(text);
    }

    public void End() => manager.Status("");
}
