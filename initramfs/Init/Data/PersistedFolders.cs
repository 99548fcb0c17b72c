using ImageBuilder.Linux.Files;
using ImageBuilder.Linux.Mounts;
using ImageBuilder.Update.Data;

namespace ImageBuilder.Init;

/// <summary>Folders that every upper shows: kept on the data partition, and mounted over their path. At first use each begins as a copy of what the image has there.</summary>
internal static class PersistedFolders
{
    public static void Run(Boot boot)
    {
        // What lies in another comes after it; all are copied before the first one covers what another is copied from.
        var paths = boot.Settings.Persist.Order(StringComparer.Ordinal).ToList();
        using (var data = new FileTree(Paths.Data))
        {
            if (boot.Options.PersistentReadOnly)
                paths.RemoveAll(path => data.Find(DataLayout.Persisted(path)) is null);
            foreach (var path in paths)
                if (Seed(data, Paths.Data, Paths.NewRoot + path, DataLayout.Persisted(path)))
                    boot.Decide("persist", path, "first use: copied from the image");
        }
        foreach (var path in paths)
        {
            MountPoint.Need(path);
            Mount.Bind(Paths.Data + DataLayout.Persisted(path), Paths.NewRoot + path);
            if (boot.Options.PersistentReadOnly)
                WritableAreas.MountInMemory(path, boot.UpperSize);
        }
        boot.Timeline.SetList("persist", paths);
    }

    /// <summary>Copies a folder with everything in it, under another name until the copy is whole and on the device; false when it is there already.</summary>
    /// <param name="data">The data partition.</param>
    /// <param name="mount">Where it is mounted.</param>
    /// <param name="from">What the folder begins as, an absolute path; it begins empty when no folder is there.</param>
    /// <param name="to">The folder, relative to the partition.</param>
    /// <exception cref="IOException">It cannot be copied.</exception>
    internal static bool Seed(IFileTree data, string mount, string from, string to)
    {
        if (data.Find(to) is not null)
            return false;
        var cut = to.LastIndexOf('/');
        var (parent, unfinished) = (to[..cut], $"{to[..cut]}/.new-{to[(cut + 1)..]}");
        MakeFolders(data, parent);
        Delete(data, unfinished);
        using (var all = new FileTree("/"))
        {
            if (all.Find(from) is { IsFolder: true })
                TreeCopy.Copy(all, from, mount + unfinished);
            else
                data.MakeFolder(unfinished);
        }
        data.SyncAll();
        data.Rename(unfinished, to);
        data.Sync(parent);
        return true;
    }

    /// <summary>Makes a folder and those above it.</summary>
    /// <exception cref="IOException">One cannot be made.</exception>
    internal static void MakeFolders(IFileTree data, string path)
    {
        if (path.Length == 0 || data.Find(path) is not null)
            return;
        MakeFolders(data, path[..path.LastIndexOf('/')]);
        data.MakeFolder(path);
    }

    private static void Delete(IFileTree data, string path)
    {
        if (data.Find(path) is not { } entry)
            return;
        if (entry.IsFolder)
            foreach (var name in data.List(path))
                Delete(data, $"{path}/{name}");
        data.Remove(path);
    }
}
