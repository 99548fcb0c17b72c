using ImageBuilder.Agent.Repositories;
using ImageBuilder.Formats;
using ImageBuilder.Update;
using ImageBuilder.Update.Repositories;

namespace ImageBuilder.Agent.Health;

/// <summary>The contact with the repository that a trial needs.</summary>
internal static class RepositoryContact
{
    /// <summary>
    /// Fetches what the channel names. That it can be had is enough: whether it has expired, or is for others, is a question of the next update, and the network in
    /// between that answers everything with a page of its own gives no manifest.
    /// </summary>
    /// <exception cref="ImageException">It cannot be reached, or is no repository.</exception>
    public static void Make(UpdateSettings update, CancellationToken cancel)
    {
        using var repository = Repository.Open(update.Url, new RepositoryOptions());
        RepositoryManifest.Parse(repository.ReadManifest(update.Channel, cancel));
    }
}
