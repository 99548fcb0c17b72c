using System.Text;
using ImageBuilder.Formats;
using ImageBuilder.Formats.Trees;
using ImageBuilder.Pipeline.Images.Initramfs;
using ImageBuilder.Pipeline.Sources;

namespace ImageBuilder.Pipeline.Inspection.Reports;

/// <summary>What a tree of files holds: counts, sizes by top folder, and the system installed in it.</summary>
internal static class TreeReport
{
    private const int MaxFolders = 30;

    /// <summary>Adds counts and sizes.</summary>
    public static void AddFiles(ImageReport report, Tree tree)
    {
        var (files, directories, links, others, hardLinks) = (0, 0, 0, 0, 0);
        var seen = new HashSet<Node>(ReferenceEqualityComparer.Instance);
        var folders = new SortedDictionary<string, (int Files, long Bytes)>(StringComparer.Ordinal);
        foreach (var (path, node) in tree.Walk())
        {
            if (node.IsDirectory)
                directories++;
            else if (!seen.Add(node))
                hardLinks++; // a further name of what is counted already
            else if (node.Kind == NodeKind.Symlink)
                links++;
            else if (node.Kind != NodeKind.File)
                others++;
            else
            {
                files++;
                var top = path.IndexOf('/', 1) is > 0 and var slash ? path[..slash] + "/" : path;
                var (count, bytes) = folders.GetValueOrDefault(top);
                folders[top] = (count + 1, bytes + node.Content.Length);
            }
        }
        report.Add("files", files);
        report.Add("directories", directories);
        report.Add("symbolicLinks", links);
        report.Add("devicesAndPipes", others);
        report.Add("hardLinks", hardLinks);
        report.Add("bytesInFiles", folders.Values.Sum(folder => folder.Bytes));
        var table = new ReportTable("sizes", "path", "files", "bytes");
        foreach (var (path, (count, bytes)) in folders.OrderByDescending(folder => folder.Value.Bytes).Take(MaxFolders))
            table.Add(path, count, bytes);
        report.Add(table);
    }

    /// <summary>Adds the system that is installed in a root file system, if there is one.</summary>
    public static void AddSystem(ImageReport report, Tree tree)
    {
        report.Add("system", OsRelease.Read(tree) is { Name.Length: > 0 } release ? release.Name : null);
        report.Add("hostname", tree.Resolve("/etc/hostname") is { Kind: NodeKind.File, Content.Length: > 0 and < 256 } host ? Encoding.UTF8.GetString(host.Content.ToArray()).Trim() : null);
        report.Add("kernels", string.Join(", ", KernelFinder.FindAll(tree).Select(kernel => kernel.Version).Distinct()));
        var modules = tree.Resolve("/usr/lib/modules")?.Children.Keys.Select(name => name.ToString()) ?? [];
        report.Add("moduleVersions", string.Join(", ", modules));
        try
        {
            if (DpkgStatus.Read(tree) is not { } status)
                return;
            var packages = new ReportTable("packages", "name", "version", "architecture", "installedKib") { IsLong = true };
            foreach (var package in status.Installed)
                packages.Add(package.Name, package.Version, package.Architecture, package.InstalledSize);
            report.Add("packageCount", packages.Rows.Count);
            report.Add(packages);
        }
        catch (ImageException error)
        {
            report.Faults.Add($"{error.Id}: {error.Message}");
        }
    }
}
