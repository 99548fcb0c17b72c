using System.Text;
using System.Text.RegularExpressions;
using ImageBuilder.Formats.Trees;
using ImageBuilder.Pipeline.Images.Initramfs;
using ImageBuilder.Pipeline.Sources;

namespace ImageBuilder.Pipeline.Inspection.Audit;

/// <summary>One kernel of a tree: which version of what distribution, and how it was configured.</summary>
internal sealed partial class InstalledKernel
{
    private const int LargestConfig = 4 << 20;
    private readonly Dictionary<string, string>? config;

    private InstalledKernel(string release, Dictionary<string, string>? config) => (Release, this.config) = (release, config);

    /// <summary>What `uname -r` says: "6.12.57+deb13-amd64".</summary>
    public string Release { get; }

    /// <summary>The version of the package it came with, such as "6.12.57-1" or "5.15.0-70.77"; null when unknown.</summary>
    public string? PackageVersion { get; private init; }

    /// <summary>os-release's ID of the system: "debian", "ubuntu"; empty when unknown.</summary>
    public string Distribution { get; private init; } = "";

    /// <summary>The version of the kernel it is made from, as far as its names tell: Ubuntu's 5.15.0-70 is some 5.15.x.</summary>
    public Version Upstream => UpstreamVersion().Match(PackageVersion is { } version && char.IsAsciiDigit(version[0]) ? version : Release) is { Success: true } match
        ? new Version(int.Parse(match.Groups[1].ValueSpan), int.Parse(match.Groups[2].ValueSpan), match.Groups[3].Success ? int.Parse(match.Groups[3].ValueSpan) : 0)
        : new Version(0, 0, 0);

    /// <summary>True when there is a configuration to look into.</summary>
    public bool HasConfig => config is not null;

    /// <summary>The value of an option, without "CONFIG_": "y", "m", a number or text; null when it is off or there is no configuration.</summary>
    public string? Option(string name) => config?.GetValueOrDefault(name);

    /// <summary>Modules that are files in the tree, and those that are part of the kernel; null when the tree has no modules for this kernel.</summary>
    public (IReadOnlySet<string> Files, IReadOnlySet<string> Builtin)? Modules { get; private init; }

    /// <summary>Every kernel for which the tree has a configuration, modules or an image, by release.</summary>
    public static IReadOnlyList<InstalledKernel> FindAll(AuditTarget target)
    {
        var releases = new SortedSet<string>(KernelFinder.FindAll(target.Tree).Select(kernel => kernel.Version), StringComparer.Ordinal);
        foreach (var (name, _) in target.Tree.Resolve("/boot")?.Children ?? [])
            if (name.ToString() is var text && text.StartsWith("config-", StringComparison.Ordinal))
                releases.Add(text["config-".Length..]);
        foreach (var folder in (string[])["/usr/lib/modules", "/lib/modules"])
            foreach (var (name, node) in target.Tree.Resolve(folder)?.Children ?? [])
                if (node.Children.ContainsKey("modules.dep"))
                    releases.Add(name.ToString());
        var distribution = OsRelease.Read(target.Tree)?.Id ?? "";
        return [.. releases.Select(release => new InstalledKernel(release, ReadConfig(target, release))
        {
            Distribution = distribution,
            PackageVersion = target.Packages?.Installed.FirstOrDefault(package => IsPackageOf(package.Name, release))?.Version,
            Modules = ReadModules(target.Tree, release),
        })];
    }

    // Debian and Ubuntu: linux-image-RELEASE, linux-image-unsigned-RELEASE, linux-modules-RELEASE.
    private static bool IsPackageOf(string package, string release) =>
        package.StartsWith("linux-", StringComparison.Ordinal) && package.EndsWith("-" + release, StringComparison.Ordinal);

    private static Dictionary<string, string>? ReadConfig(AuditTarget target, string release)
    {
        var file = target.Tree.Resolve($"/boot/config-{release}") ?? target.Tree.Resolve($"/usr/lib/modules/{release}/config") ?? target.Tree.Resolve($"/usr/lib/modules/{release}/build/.config");
        if (file is not { Kind: NodeKind.File } || file.Content.Length > LargestConfig)
            return null;
        var options = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var line in Encoding.UTF8.GetString(file.Content.ToArray()).Split('\n'))
            if (line.StartsWith("CONFIG_", StringComparison.Ordinal) && line.IndexOf('=', StringComparison.Ordinal) is > 0 and var equals)
                options[line["CONFIG_".Length..equals]] = line[(equals + 1)..].Trim().Trim('"');
        return options;
    }

    private static (IReadOnlySet<string>, IReadOnlySet<string>)? ReadModules(Tree tree, string release)
    {
        if (tree.Resolve($"/usr/lib/modules/{release}/modules.dep") is null && tree.Resolve($"/lib/modules/{release}/modules.dep") is null)
            return null;
        var index = KernelModuleIndex.Read(tree, release);
        return (index.Dependencies.Keys.ToHashSet(StringComparer.Ordinal), index.Builtin);
    }

    [GeneratedRegex(@"^(\d{1,3})\.(\d{1,4})(?:\.(\d{1,5}))?")]
    private static partial Regex UpstreamVersion();
}
