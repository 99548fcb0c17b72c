using System.Globalization;
using ImageBuilder.Linux.CommandLines;
using ImageBuilder.Linux.Files;
using ImageBuilder.Linux.Mounts;
using ImageBuilder.Update.Data;

namespace ImageBuilder.Init;

/// <summary>
/// Folders with a limit of their own, writable where the root may not be: each an overlay over what the image has there. What is written lies with the
/// upper on the data partition, under a project quota; in memory where the upper is, or where there is no quota that would hold.
/// </summary>
internal static class WritableAreas
{
    private const uint FirstProject = 1u << 31; // uppers have their numbers as projects
    private const int Most = 1 << 10;

    public static void Run(Boot boot)
    {
        using var quota = boot.Upper != UpperKind.Tmpfs && boot.UpperNumber is not null && boot.DataFault is null ? ProjectQuota.TryOpen(Paths.Data) : null;
        var places = new List<string>();
        var areas = boot.Settings.Writable.ToList();
        areas.Sort((one, other) => string.CompareOrdinal(one.Path, other.Path)); // what lies in another comes after it
        for (var index = 0; index < areas.Count; index++)
        {
            var (path, size) = areas[index];
            MountPoint.Need(path);
            var place = quota is null ? null : TryPlaceOnData(boot, quota, path, size, index);
            places.Add($"{path} {(place is null ? "tmpfs" : "data")} {size}");
            boot.Decide("area", path, place is not null ? $"on the data partition, at most {size} bytes"
                : $"in memory, at most {size} bytes: {(boot.Upper == UpperKind.Tmpfs ? "so is the upper" : boot.UpperNumber is null ? "there is no data partition" : "the data partition keeps no project quotas")}");
            Mounted(path, place ?? PlaceInMemory(path, string.Create(CultureInfo.InvariantCulture, $"{size}")));
        }
        boot.Timeline.SetList("areas", places);
    }

    /// <summary>The project of an area: the same at every start, of no other area, and of no upper.</summary>
    internal static uint ProjectOf(uint upper, int index) => FirstProject | (upper % (FirstProject / Most) * Most) | (uint)(index % Most);

    private static string? TryPlaceOnData(Boot boot, ProjectQuota quota, string path, long size, int index)
    {
        var (folder, project) = (DataLayout.Area(boot.UpperNumber!.Value, path), ProjectOf(boot.UpperNumber.Value, index));
        try
        {
            using var data = new FileTree(Paths.Data);
            PersistedFolders.MakeFolders(data, folder);
            if (data.Project(folder) is { } found && found != project && !Adopt(data, folder, project))
                return null;
            foreach (var part in (string[])[DataLayout.UpperName, DataLayout.WorkName])
                PersistedFolders.MakeFolders(data, $"{folder}/{part}");
            quota.Limit(project, size);
            return Paths.Data + folder;
        }
        catch (IOException error)
        {
            boot.Fail($"the writable area {path} cannot lie on the data partition: {error.Message}");
            return null;
        }
    }

    /// <summary>A new area counts for its upper, a copied one for the upper that it was copied into: from now on for itself. Links cannot be told, and have no content.</summary>
    private static bool Adopt(FileTree data, string path, uint project)
    {
        var done = data.SetProject(path, project);
        foreach (var name in data.List(path))
            if (data.Find($"{path}/{name}") is { IsFolder: true })
                Adopt(data, $"{path}/{name}", project);
            else if (data.Find($"{path}/{name}") is { Kind: FileKind.Regular })
                data.SetProject($"{path}/{name}", project);
        return done;
    }

    /// <summary>Lets a folder of the new root be written to in memory, whatever is mounted there.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="size">The most that is written, as tmpfs(5) takes it.</param>
    public static void MountInMemory(string path, string size) => Mounted(path, PlaceInMemory(path, size));

    private static string PlaceInMemory(string path, string size)
    {
        var folder = $"{Paths.Areas}/{DataLayout.Escape(path)}";
        Directory.CreateDirectory(folder);
        // An attempt that failed later may have left one.
        if (!MountInfo.Read().Any(mount => mount.Target == folder))
            Mount.Attach("tmpfs", folder, "tmpfs", MountFlags.None, $"mode=700,size={size}");
        foreach (var part in (string[])[DataLayout.UpperName, DataLayout.WorkName])
            Directory.CreateDirectory($"{folder}/{part}");
        return folder;
    }

    private static void Mounted(string path, string place)
    {
        using (var all = new FileTree("/"))
            all.CopyMetadata(Paths.NewRoot + path, $"{place}/{DataLayout.UpperName}"); // the overlay's root looks like the upper's
        try
        {
            (Overlays.Of([Paths.NewRoot + path], place) with { IsVolatile = place.StartsWith(Paths.Areas, StringComparison.Ordinal) }).MountAt(Paths.NewRoot + path);
        }
        catch (IOException error)
        {
            throw new BootException($"the writable area {path} cannot be put together: {error.Message}", inner: error);
        }
    }
}
