using System.Text;
using System.Text.RegularExpressions;

namespace ImageBuilder.Qemu.Consoles;

/// <summary>
/// Everything a console said, as plain text, and a place in it: each expectation is met by text after the previous one's match.
/// Safe to fill and read from different threads.
/// </summary>
public sealed class Transcript
{
    private readonly Lock _lock = new();
    private readonly AnsiFilter _filter = new();
    private readonly StringBuilder _text = new();
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _position;
    private int _bootStart;
    private bool _ended;

    /// <summary>All text so far.</summary>
    public string Text
    {
        get
        {
            lock (_lock)
                return _text.ToString();
        }
    }

    /// <summary>The text after the last match.</summary>
    public string Unread
    {
        get
        {
            lock (_lock)
                return _text.ToString(_position, _text.Length - _position);
        }
    }

    /// <summary>True when nothing more will come.</summary>
    public bool Ended
    {
        get
        {
            lock (_lock)
                return _ended;
        }
    }

    /// <summary>Adds what came from the guest; escape sequences may be cut between calls.</summary>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        lock (_lock)
            _text.Append(_filter.Filter(bytes));
        Pulse();
    }

    /// <summary>Says that the console is closed: expectations that wait fail now.</summary>
    public void End()
    {
        lock (_lock)
            _ended = true;
        Pulse();
    }

    /// <summary>The text of the boot that is running.</summary>
    public string TextOfThisBoot
    {
        get
        {
            lock (_lock)
                return _text.ToString(_bootStart, _text.Length - _bootStart);
        }
    }

    /// <summary>The machine was reset: expectations from now on see only what comes from now on.</summary>
    public void BeginBoot()
    {
        lock (_lock)
            _position = _bootStart = _text.Length;
    }

    /// <summary>The last lines that are not empty, oldest first.</summary>
    public IReadOnlyList<string> LastLines(int count) =>
        [.. Text.Split('\n').Select(line => line.TrimEnd()).Where(line => line.Length > 0).TakeLast(count)];

    /// <summary>
    /// Waits until the unread text matches, and moves behind the match. IB6301 when the time is over, IB6302 when the console
    /// closed first.
    /// </summary>
    public async Task<Match> ExpectAsync(Regex pattern, TimeSpan timeout, CancellationToken cancellation = default)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(timeout);
        for (var late = false; ; )
        {
            Task changed;
            string unread;
            bool ended;
            int start;
            lock (_lock)
            {
                changed = _changed.Task;
                start = _position;
                unread = _text.ToString(start, _text.Length - start);
                ended = _ended;
            }
            if (pattern.Match(unread) is { Success: true } match)
            {
                lock (_lock)
                    _position = start + match.Index + match.Length;
                return match;
            }
            if (ended)
                throw new QemuException("IB6302", $"the machine stopped while /{pattern}/ was expected on its console");
            if (late)
                throw new QemuException("IB6301", $"/{pattern}/ did not appear on the console within {timeout.TotalSeconds:0.#} s");
            try
            {
                await changed.WaitAsync(limit.Token);
                await Task.Delay(Pause, limit.Token);       // a busy console comes in thousands of small chunks
            }
            catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
            {
                late = true;                                // one last look: text may have come during the pause
            }
        }
    }

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    private void Pulse()
    {
        TaskCompletionSource changed;
        lock (_lock)
        {
            changed = _changed;
            _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
        changed.TrySetResult();
    }
}
