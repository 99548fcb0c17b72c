using ImageBuilder.Formats;
using ImageBuilder.Linux.Files;

namespace ImageBuilder.Update.Data;

/// <summary>
/// The part of an upper that a reset leaves: what was changed at and below some paths, so that the merged view shows the same there as before.
/// Folders above keep owner and mode, but let the layers show again beside the path (kernel, Documentation/filesystems/overlayfs.rst).
/// </summary>
internal sealed class KeptPaths
{
    private const string Opaque = "trusted.overlay.opaque";
    private const string Redirect = "trusted.overlay.redirect";
    private readonly IFileTree data;
    private readonly string old;
    private readonly List<string> paths;

    /// <param name="data">The data partition.</param>
    /// <param name="old">The folder of the old upper.</param>
    /// <param name="paths">Absolute paths.</param>
    /// <exception cref="ImageException">IB6021: a path that cannot be kept.</exception>
    public KeptPaths(IFileTree data, string old, IEnumerable<string> paths)
    {
        (this.data, this.old) = (data, old);
        this.paths = [];
        foreach (var path in paths.Select(Clean).Distinct().Order(StringComparer.Ordinal))
            if (!this.paths.Exists(above => path.StartsWith(above + '/', StringComparison.Ordinal)))
                this.paths.Add(path);
    }

    /// <summary>Fills the folder of a new upper.</summary>
    /// <exception cref="ImageException">IB6022: nothing is at a path; IB6023: a folder above it was renamed.</exception>
    public void CopyTo(string folder)
    {
        data.Copy($"{old}/{DataLayout.UpperName}", $"{folder}/{DataLayout.UpperName}");
        foreach (var path in paths)
            if (!CopyAreas(path, folder))
                CopyPath(path, folder);
    }

    private void CopyPath(string path, string folder)
    {
        var (from, to) = ($"{old}/{DataLayout.UpperName}", $"{folder}/{DataLayout.UpperName}");
        var names = path[1..].Split('/');
        var hidden = false;
        var made = new List<(string From, string To)>();
        foreach (var name in names[..^1])
        {
            (from, to) = ($"{from}/{name}", $"{to}/{name}");
            if (data.Find(from) is not { } entry)
            {
                if (hidden)
                    throw Nothing(path);
                return; // the upper changes nothing there: the layers show through, before and after
            }
            if (!entry.IsFolder)
                throw Nothing(path);
            if (data.GetAttribute(from, Redirect) is not null)
                throw new ImageException(ImageErrorKind.Unsupported, "IB6023", $"{path} cannot be kept: {from[(old.Length + DataLayout.UpperName.Length + 1)..]} was renamed, and what is in it comes from another place of the layers; keep that folder, or copy what is needed");
            hidden |= IsOpaque(from);
            made.Add((from, to));
        }
        (from, to) = ($"{from}/{names[^1]}", $"{to}/{names[^1]}");
        if (data.Find(from) is not { } last)
        {
            if (hidden)
                throw Nothing(path);
            return;
        }
        foreach (var (parent, copy) in made.Where(pair => data.Find(pair.To) is null))
        {
            data.Copy(parent, copy);
            data.SetAttribute(copy, Opaque, null);
        }
        TreeCopy.Copy(data, from, to);
        if (hidden && last.IsFolder)
            data.SetAttribute(to, Opaque, "y"u8.ToArray());
    }

    /// <summary>Writable areas lie beside the upper. True when the path is inside one.</summary>
    private bool CopyAreas(string path, string folder)
    {
        var areas = $"{old}/{DataLayout.AreasName}";
        foreach (var name in data.List(areas))
        {
            var area = DataLayout.Unescape(name);
            var target = $"{folder}/{DataLayout.AreasName}/{name}";
            if (area == path || area.StartsWith(path + '/', StringComparison.Ordinal))
            {
                TreeCopy.Copy(data, $"{areas}/{name}", target);
                if (area == path)
                    return true;
            }
            else if (path.StartsWith(area + '/', StringComparison.Ordinal))
            {
                var below = path[(area.Length + 1)..].Split('/');
                for (var depth = 0; depth < below.Length; depth++)
                {
                    var part = string.Concat(below[..depth].Select(part => $"/{part}"));
                    if (data.Find($"{areas}/{name}{part}") is not { IsFolder: true })
                        throw Nothing(path);
                    if (data.Find(target + part) is null)
                        data.Copy($"{areas}/{name}{part}", target + part);
                }
                var rest = string.Concat(below.Select(part => $"/{part}"));
                if (data.Find($"{areas}/{name}{rest}") is null)
                    throw Nothing(path);
                TreeCopy.Copy(data, $"{areas}/{name}{rest}", target + rest);
                return true;
            }
        }
        return false;
    }

    private bool IsOpaque(string folder) => data.GetAttribute(folder, Opaque) is [(byte)'y'];

    private static string Clean(string path)
    {
        var names = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        if (!path.StartsWith('/') || names.Length == 0 || names.Contains(".") || names.Contains(".."))
            throw new ImageException(ImageErrorKind.Spec, "IB6021", $"'{path}' cannot be kept: expected an absolute path below '/', without '.' and '..'");
        return '/' + string.Join('/', names);
    }

    private static ImageException Nothing(string path) => new(ImageErrorKind.Spec, "IB6022", $"there is nothing at {path} that could be kept");
}
