using ImageBuilder.Agent.Progress;
using ImageBuilder.Agent.Repositories;
using ImageBuilder.Agent.Updates;
using ImageBuilder.Formats;

namespace ImageBuilder.Agent.Health;

/// <summary>The contact with the repository that a trial needs.</summary>
internal static class RepositoryContact
{
    /// <summary>
    /// Fetches what the channel names and checks its signatures: a version that trusts other keys than the channel's could never be replaced, and a network in between
    /// that answers everything itself is no contact.
    /// </summary>
    /// <exception cref="ImageException">It cannot be reached, is no repository, or none that this version believes.</exception>
    public static void Make(Device device, CancellationToken cancel)
    {
        using var session = UpdateSession.Open(device, null, null, new RepositoryOptions(), new SilentProgress(), cancel);
        UpdateCheck.RequireBelieved(session);
    }

    private sealed class SilentProgress : IProgress
    {
        public void Begin(string step, string what) { }

        public void Advance(long done, long total) { }

        public void Note(string text) { }

        public void End() { }
    }
}
