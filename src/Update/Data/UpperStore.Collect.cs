using System.Diagnostics;
using System.Globalization;
using ImageBuilder.Formats;
using ImageBuilder.Linux;

namespace ImageBuilder.Update.Data;

public sealed partial class UpperStore
{
    /// <summary>
    /// Puts uppers that nothing names into the trash, and empties it as far as there is time. To be called again: it goes on where it stopped.
    /// </summary>
    /// <param name="budget">Time for deleting; putting aside takes none to speak of.</param>
    /// <param name="inUse">The upper that is mounted now; after a reset the record names it no longer, and it goes only when a boot has left it. 0 for none.</param>
    /// <exception cref="ImageException">IB6010 to IB6012: the state record, without which nothing is known to be garbage; IB6020: garbage cannot be put aside.</exception>
    public CollectionResult Collect(TimeSpan budget, uint inUse = 0)
    {
        // Also where nothing is garbage: should the newer copy rot, the older one must not make garbage of what is in use.
        var garbage = Garbage([.. state.Settle().NamedUppers, inUse]).ToList();
        if (garbage.Count > 0)
            Guard("what is not used any more cannot be put aside", () =>
            {
                MakeFolders();
                garbage.ForEach(Discard);
            });
        return Empty(budget, garbage);
    }

    private IEnumerable<string> Garbage(HashSet<uint> named)
    {
        if (data.Find(DataLayout.Uppers) is null)
            return [];
        return data.List(DataLayout.Uppers)
            .Where(name => DataLayout.NumberOf(name) is { } number ? !named.Contains(number) : name.StartsWith(DataLayout.NewPrefix, StringComparison.Ordinal))
            .Select(name => $"{DataLayout.Uppers}/{name}");
    }

    /// <summary>Renames something into the trash; it keeps its name, so that its number stays known, and gets a suffix when it is not the first.</summary>
    private void Discard(string path)
    {
        var name = path[(path.LastIndexOf('/') + 1)..];
        var target = $"{DataLayout.Trash}/{name}";
        for (var i = 1; data.Find(target) is not null; i++)
            target = string.Create(CultureInfo.InvariantCulture, $"{DataLayout.Trash}/{name}.{i}");
        data.Rename(path, target);
        data.Sync(DataLayout.Trash);
        data.Sync(path[..path.LastIndexOf('/')]);
    }

    /// <summary>Gives the space of a failed attempt back as far as it can be done now; the rest is left to the next collection.</summary>
    private void DiscardUnfinished(uint number)
    {
        try
        {
            var failures = new List<string>();
            Delete(DataLayout.NewUpper(number), Stopwatch.StartNew(), TimeSpan.MaxValue, failures);
        }
        catch (IOException)
        {
            // What made the attempt fail is what the caller hears of.
        }
    }

    private CollectionResult Empty(TimeSpan budget, List<string> uppers)
    {
        var failures = new List<string>();
        var deleted = 0;
        var clock = Stopwatch.StartNew();
        if (data.Find(DataLayout.Trash) is null)
            return new CollectionResult(uppers, 0, true, failures);
        foreach (var name in data.List(DataLayout.Trash))
            deleted += Delete($"{DataLayout.Trash}/{name}", clock, budget, failures);
        return new CollectionResult(uppers, deleted, data.List(DataLayout.Trash).Count == 0, failures);
    }

    /// <summary>Deletes a tree until time is up; the number of files and folders that are gone.</summary>
    private int Delete(string path, Stopwatch clock, TimeSpan budget, List<string> failures)
    {
        if (clock.Elapsed > budget || data.Find(path) is not { } entry)
            return 0;
        var deleted = 0;
        try
        {
            if (entry.IsFolder)
                foreach (var name in data.List(path))
                    deleted += Delete($"{path}/{name}", clock, budget, failures);
            if (clock.Elapsed > budget || (entry.IsFolder && data.List(path).Count > 0))
                return deleted;
            data.Remove(path);
            return deleted + 1;
        }
        catch (LinuxException error)
        {
            failures.Add(error.Message);
            return deleted;
        }
    }
}
