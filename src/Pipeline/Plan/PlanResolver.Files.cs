using ImageBuilder.Linux;
using ImageBuilder.Pipeline.Spec;

namespace ImageBuilder.Pipeline.Plan;

/// <summary>Files, and the paths that a spec names.</summary>
internal sealed partial class PlanResolver
{
    /// <summary>Folders that another file system is mounted on at boot, by the boot program or by systemd.</summary>
    private static readonly string[] MountedAtBoot = ["dev", "proc", "run", "sys"];

    private List<FilePlan> ResolveFiles()
    {
        var files = _spec.Maps("files");
        ReportRepeated(files.Select(file => file.Text("path")), "the path", "is given");
        return [.. files.Select(ResolveFile)];
    }

    private FilePlan ResolveFile(SpecMap file)
    {
        var path = file.Text("path");
        if (path is not null)
            CheckImagePath(path);
        var owner = file.Text("owner", "root").Split(':');
        var mode = file.Text("mode")?.Value.TrimStart('0', 'o');
        return new FilePlan
        {
            Path = path?.Value ?? "",
            Source = file.Text("source") is { } source ? ExistingFile(source, "source", folderAllowed: true) : null,
            Content = file.Text("template") is { } template ? ExpandTemplate(template) : file.Text("content")?.Value,
            Mode = mode is null ? null : mode.Aggregate((ushort)0, (bits, digit) => (ushort)((bits << 3) + (digit - '0'))),
            Owner = owner[0],
            Group = owner.Length > 1 ? owner[1] : null,
            Origin = Origin(file.Span),
        };
    }

    private void CheckImagePath(SpecText path)
    {
        var names = path.Value.Split('/', StringSplitOptions.RemoveEmptyEntries);
        if (names.Any(name => name is "." or ".."))
            _diagnostics.Add(SpecErrors.Malformed, path.Span, $"the path {Diagnostic.Quote(path.Value)} contains '.' or '..'; write it without");
        else if (names.Length > 0 && MountedAtBoot.Contains(names[0]))
            _diagnostics.Add(SpecErrors.HiddenPath, path.Span, $"{Diagnostic.Quote(path.Value)} lies in /{names[0]}, where another file system is mounted at boot; it would never be seen");
        else if (names.Any(name => System.Text.Encoding.UTF8.GetByteCount(name) > 255))
            _diagnostics.Add(SpecErrors.OutOfRange, path.Span, "the path has a name of more than 255 bytes");
    }

    private string? ExpandTemplate(SpecText template)
    {
        if (ExistingFile(template, "template", folderAllowed: false) is not { } path)
            return null;
        if (SpecLoader.Read(path, out var problem) is { } text)
            return _templates.Value.Expand(new SourceText(Path.Combine(Path.GetDirectoryName(_diagnostics.Source.Name) ?? "", template.Value), text));
        _diagnostics.Add(problem!.Value.Kind, template.Span, $"the template {Diagnostic.Quote(template.Value)}: {problem.Value.Message}");
        return null;
    }

    /// <summary>As <see cref="ExistingFile"/>, for what must be a folder.</summary>
    private string? ExistingFolder(SpecText path, string what)
    {
        var full = ExistingFile(path, what, folderAllowed: true);
        if (full is null || Directory.Exists(full))
            return full;
        _diagnostics.Add(SpecErrors.MissingFile, path.Span, $"the {what} {Diagnostic.Quote(path.Value)} is a file; a folder is needed");
        return null;
    }

    /// <summary>The absolute path of something below the spec's folder that exists; null, with an error, when there is no such thing.</summary>
    private string? ExistingFile(SpecText path, string what, bool folderAllowed, string hint = "")
    {
        var full = Path.GetFullPath(path.Value, _folder);
        if (path.Value.StartsWith('/') || (full != _folder && !full.StartsWith(_folder.TrimEnd('/') + "/", StringComparison.Ordinal)))
        {
            _diagnostics.Add(SpecErrors.OutsideFolder, path.Span, $"the {what} {Diagnostic.Quote(path.Value)} is not below the spec's folder; put it there and name it by a relative path");
            return null;
        }
        if (FileStatus.IsPipe(full))
        {
            _diagnostics.Add(SpecErrors.MissingFile, path.Span, $"the {what} {Diagnostic.Quote(path.Value)} is a named pipe; a file is needed");
            return null;
        }
        if (File.Exists(full) || (folderAllowed && Directory.Exists(full)))
            return WithoutLinks(full.TrimEnd('/'), path, what);
        var folder = Path.GetDirectoryName(full)!;
        var near = !Directory.Exists(folder) || Directory.Exists(full) ? null
            : Suggestion.For(Path.GetFileName(full), Directory.EnumerateFileSystemEntries(folder).Select(entry => Path.GetFileName(entry)).Order(StringComparer.Ordinal));
        _diagnostics.Add(SpecErrors.MissingFile, path.Span, Directory.Exists(full)
            ? $"the {what} {Diagnostic.Quote(path.Value)} is a folder; a file is needed"
            : $"the {what} {Diagnostic.Quote(path.Value)} does not exist{(near is null ? "" : $"; did you mean '{near}'?")}{hint}");
        return null;
    }

    /// <summary>What a path leads to when it goes through symbolic links; null, with an error, when that is not below the spec's folder.</summary>
    private string? WithoutLinks(string full, SpecText path, string what)
    {
        var (folder, real) = (RealPath(_folder) ?? _folder, RealPath(full));
        if (real == folder)
            return _folder;
        if (real is not null && real.StartsWith(folder.TrimEnd('/') + "/", StringComparison.Ordinal))
            return Path.Combine(_folder, Path.GetRelativePath(folder, real));
        _diagnostics.Add(SpecErrors.OutsideFolder, path.Span, real is null
            ? $"the {what} {Diagnostic.Quote(path.Value)} leads through symbolic links that go in a circle"
            : $"the {what} {Diagnostic.Quote(path.Value)} leads out of the spec's folder by a symbolic link, to {Diagnostic.Quote(real)}; put a copy there instead of the link");
        return null;
    }

    /// <summary>As realpath(3): every symbolic link on the way replaced by what it leads to. Null when there are too many.</summary>
    private static string? RealPath(string path, int links = 0)
    {
        const int most = 40; // as the kernel's MAXSYMLINKS
        var real = "/";
        foreach (var name in path.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            var next = name switch { "." => real, ".." => Path.GetDirectoryName(real) ?? "/", _ => Path.Combine(real, name) };
            if (next == real || new FileInfo(next).LinkTarget is not { } target)
                real = next;
            else if (++links <= most && RealPath(target.StartsWith('/') ? target : $"{real}/{target}", links) is { } followed)
                real = followed;
            else
                return null;
        }
        return real;
    }
}
