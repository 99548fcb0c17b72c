using ImageBuilder.Linux.Files;

namespace ImageBuilder.Update.Data;

/// <summary>Small files that are there whole or not at all, whenever the power fails.</summary>
internal static class WholeFile
{
    /// <summary>Writes a file beside its place, brings it to the device, and gives it its name then; what was there is replaced.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    public static void Put(IFileTree data, string path, ReadOnlySpan<byte> bytes)
    {
        var cut = path.LastIndexOf('/') + 1;
        var unfinished = $"{path[..cut]}{DataLayout.NewPrefix}{path[cut..]}";
        if (data.Find(unfinished) is not null)
            data.Remove(unfinished);
        data.Write(unfinished, bytes);
        data.Sync(unfinished);
        data.Replace(unfinished, path);
        data.Sync(path[..(cut - 1)]);
    }
}
