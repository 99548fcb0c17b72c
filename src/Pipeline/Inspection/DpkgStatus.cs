using System.Globalization;
using System.Text;
using ImageBuilder.Formats;
using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Pipeline.Inspection;

/// <summary>
/// dpkg's database in a tree: /var/lib/dpkg/status (or, where only that is, the folder status.d, one file per package), and in /var/lib/dpkg/info
/// which files each package brought.
/// </summary>
public sealed class DpkgStatus
{
    private const string StatusFile = "/var/lib/dpkg/status";
    private const string StatusFolder = "/var/lib/dpkg/status.d";
    private const string InfoFolder = "/var/lib/dpkg/info";
    private readonly Tree tree;

    private DpkgStatus(Tree tree, IReadOnlyList<DpkgPackage> packages) => (this.tree, Packages) = (tree, packages);

    /// <summary>Every package that dpkg knows, by name, then architecture, in byte order; see <see cref="DpkgPackage.IsInstalled"/>.</summary>
    public IReadOnlyList<DpkgPackage> Packages { get; }

    /// <summary>Those whose files are there.</summary>
    public IEnumerable<DpkgPackage> Installed => Packages.Where(package => package.IsInstalled);

    /// <summary>Reads the database; null when the tree has none.</summary>
    /// <exception cref="ImageException">IB5300, IB5301: the database is damaged.</exception>
    public static DpkgStatus? Read(Tree tree)
    {
        var paragraphs = new List<IReadOnlyDictionary<string, string>>();
        if (tree.Resolve(StatusFile) is { Kind: NodeKind.File } status)
            paragraphs.AddRange(Deb822.Read(status.Content, StatusFile));
        else if (tree.Resolve(StatusFolder) is { IsDirectory: true } folder)
            foreach (var (name, file) in folder.Children.Where(entry => entry.Value.Kind == NodeKind.File && !entry.Key.ToString().EndsWith(".md5sums", StringComparison.Ordinal)))
                paragraphs.AddRange(Deb822.Read(file.Content, $"{StatusFolder}/{name}"));
        else
            return null;
        return new DpkgStatus(tree,
            [.. paragraphs.Select(Package).OrderBy(package => package.Name, StringComparer.Ordinal).ThenBy(package => package.Architecture, StringComparer.Ordinal)]);
    }

    /// <summary>
    /// The paths a package brought, as it shipped them (its folders too): on a merged-usr system /bin/x for what is really /usr/bin/x. Empty when
    /// the list is missing.
    /// </summary>
    public IReadOnlyList<string> FilesOf(DpkgPackage package) => [.. Info(package, ".list").Where(path => path.StartsWith('/') && path != "/.")];

    /// <summary>MD5 digests, lower-case hex, of the files a package brought, by path without leading '/'; conffiles are not among them.</summary>
    public IReadOnlyDictionary<string, string> DigestsOf(DpkgPackage package)
    {
        var digests = new Dictionary<string, string>(StringComparer.Ordinal);
        // 32 digits, two blanks, path
        foreach (var line in Info(package, ".md5sums"))
            if (line.IndexOf("  ", StringComparison.Ordinal) is 32)
                digests[line[34..]] = line[..32];
        return digests;
    }

    /// <summary>
    /// Which package brought the file at a path. Paths are those in the tree, links in their folders replaced; folders are left out, they belong
    /// to many. The first package in order wins where two claim a file (a diversion).
    /// </summary>
    public IReadOnlyDictionary<string, DpkgPackage> Owners()
    {
        var owners = new Dictionary<string, DpkgPackage>(StringComparer.Ordinal);
        var folders = new Dictionary<string, string?>(StringComparer.Ordinal);
        foreach (var package in Packages)
            foreach (var path in FilesOf(package))
            {
                var slash = path.LastIndexOf('/');
                var folder = path[..slash];
                if (!folders.TryGetValue(folder, out var real))
                    folders[folder] = real = tree.ResolvePath(folder)?.TrimEnd('/');
                if (real is not null && $"{real}/{path[(slash + 1)..]}" is var there && tree.Find(there) is { IsDirectory: false })
                    owners.TryAdd(there, package);
            }
        return owners;
    }

    private string[] Info(DpkgPackage package, string extension)
    {
        var file = tree.Resolve($"{InfoFolder}/{package.Name}:{package.Architecture}{extension}") ?? tree.Resolve($"{InfoFolder}/{package.Name}{extension}");
        return file is not { Kind: NodeKind.File } ? [] : Encoding.UTF8.GetString(file.Content.ToArray()).Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    /// <summary>The package that a paragraph of control fields describes.</summary>
    /// <exception cref="ImageException">IB5301: it has no name.</exception>
    internal static DpkgPackage Package(IReadOnlyDictionary<string, string> fields)
    {
        if (Field(fields, "Package") is not { Length: > 0 } name)
            throw new ImageException(ImageErrorKind.Corrupt, "IB5301", $"dpkg's status: a paragraph has no 'Package:' field; it has {string.Join(", ", fields.Keys.Take(5))}");
        var version = Field(fields, "Version");
        // Source: name, or "name (version)" when the version differs.
        var source = Field(fields, "Source");
        var bracket = source.IndexOf(" (", StringComparison.Ordinal);
        return new DpkgPackage
        {
            Name = name,
            Version = version,
            Architecture = Field(fields, "Architecture"),
            Status = Field(fields, "Status") is { Length: > 0 } status ? status : "install ok installed", // status.d has no such field
            InstalledSize = long.TryParse(Field(fields, "Installed-Size"), NumberStyles.None, CultureInfo.InvariantCulture, out var size) ? size : 0,
            Source = source.Length == 0 ? name : bracket < 0 ? source : source[..bracket],
            SourceVersion = bracket < 0 ? version : source[(bracket + 2)..].TrimEnd(')'),
            Maintainer = Field(fields, "Maintainer"),
            Section = Field(fields, "Section"),
            Homepage = Field(fields, "Homepage"),
            Depends = [.. List(fields, "Pre-Depends"), .. List(fields, "Depends")],
            MultiArch = Field(fields, "Multi-Arch"),
        };
    }

    private static string Field(IReadOnlyDictionary<string, string> fields, string name) => fields.GetValueOrDefault(name, "");

    private static string[] List(IReadOnlyDictionary<string, string> fields, string name) =>
        Field(fields, name).Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}
