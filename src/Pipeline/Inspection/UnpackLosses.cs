using System.Runtime.InteropServices;

namespace ImageBuilder.Pipeline.Inspection;

/// <summary>What could not be restored while a tree was unpacked: counted, and said once at the end.</summary>
internal sealed class UnpackLosses
{
    private readonly SortedDictionary<string, (int Count, string First, string Reason)> losses = new(StringComparer.Ordinal);

    /// <summary>Notes a loss, for the reason that the call which has just failed gave.</summary>
    /// <param name="what">What was not restored: "owners".</param>
    /// <param name="path">Of which file.</param>
    public void Add(string what, string path)
    {
        var reason = Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError());
        lock (losses)
            losses[what] = losses.TryGetValue(what, out var known) ? known with { Count = known.Count + 1 } : (1, path, reason);
    }

    /// <summary>One sentence with everything; null when nothing was lost.</summary>
    public string? Text => losses.Count == 0 ? null : "not restored: "
        + string.Join("; ", losses.Select(loss => $"{loss.Key} of {loss.Value.Count} {(loss.Value.Count == 1 ? "file" : "files")} ({loss.Value.First}: {loss.Value.Reason})"))
        + (Environment.IsPrivilegedProcess ? "" : "; root can restore them");
}
