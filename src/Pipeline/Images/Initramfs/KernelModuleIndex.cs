using System.Text;
using ImageBuilder.Formats;
using ImageBuilder.Formats.Compression;
using ImageBuilder.Formats.Trees;
using ImageBuilder.Linux.Modules;

namespace ImageBuilder.Pipeline.Images.Initramfs;

/// <summary>The modules of one kernel in a tree, as depmod(8) described them: modules.dep(5), modules.alias, modules.softdep, modules.builtin.</summary>
internal sealed class KernelModuleIndex
{
    private const long LargestModule = 256L << 20;
    private const int LargestList = 64 << 20;
    private readonly Dictionary<string, (Node File, string Path)> files;

    private KernelModuleIndex(string kernelVersion, Dictionary<string, (Node File, string Path)> files)
    {
        KernelVersion = kernelVersion;
        this.files = files;
    }

    /// <summary>The kernel's release.</summary>
    public string KernelVersion { get; }

    /// <summary>What each module needs, direct and indirect, by name.</summary>
    public required IReadOnlyDictionary<string, IReadOnlyList<string>> Dependencies { get; init; }

    /// <summary>Modules that are part of the kernel.</summary>
    public required IReadOnlySet<string> Builtin { get; init; }

    /// <summary>Patterns and the modules they stand for, in depmod's order.</summary>
    public required IReadOnlyList<(string Pattern, string Module)> Aliases { get; init; }

    /// <summary>Wishes: what is to be loaded before and after a module, by names or aliases.</summary>
    public required IReadOnlyDictionary<string, (IReadOnlyList<string> Before, IReadOnlyList<string> After)> SoftDependencies { get; init; }

    /// <summary>Reads the lists.</summary>
    /// <exception cref="ImageException">IB5111, IB5113: see <see cref="InitramfsBuilder.Build"/>.</exception>
    public static KernelModuleIndex Read(Tree root, string kernelVersion)
    {
        var folder = $"/usr/lib/modules/{kernelVersion}";
        if (root.Resolve(folder) is null && root.Resolve($"/lib/modules/{kernelVersion}") is not null)
            folder = $"/lib/modules/{kernelVersion}"; // not merged
        var dependencies = ReadLines(root, $"{folder}/modules.dep") ?? throw new ImageException(ImageErrorKind.Unsupported, "IB5111",
            $"the tree has no modules for kernel {kernelVersion}: {folder}/modules.dep is not there; install the kernel's package, which runs depmod");

        var files = new Dictionary<string, (Node, string)>(StringComparer.Ordinal);
        var needs = new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal);
        // kernel/drivers/ata/ahci.ko.xz: kernel/drivers/ata/libahci.ko.xz kernel/drivers/ata/libata.ko.xz
        foreach (var line in dependencies)
        {
            if (line.Split(':', 2) is not [var path, var list])
                throw new ImageException(ImageErrorKind.Corrupt, "IB5113", $"{folder}/modules.dep is damaged: '{line}' has no ':'; run depmod {kernelVersion}");
            if (root.Resolve($"{folder}/{path}") is not { Kind: NodeKind.File } file)
                continue; // a list that is older than the files; a module that is asked for and missing is an error later
            files[NameOf(path)] = (file, $"{folder}/{path}");
            needs[NameOf(path)] = [.. list.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(NameOf)];
        }
        return new KernelModuleIndex(kernelVersion, files)
        {
            Dependencies = needs,
            Builtin = (ReadLines(root, $"{folder}/modules.builtin") ?? []).Select(NameOf).ToHashSet(StringComparer.Ordinal),
            Aliases = [.. Fields(root, $"{folder}/modules.alias", "alias", 3).Select(fields => (fields[1], KernelModule.Normalize(fields[2])))],
            SoftDependencies = ReadSoftDependencies(root, $"{folder}/modules.softdep"),
        };
    }

    /// <summary>True when the module is there as a file.</summary>
    public bool Has(string name) => files.ContainsKey(name);

    /// <summary>A module's file as it is in the tree.</summary>
    public Content ReadStored(string name) => files[name].File.Content;

    /// <summary>A module as the kernel loads it, compression undone.</summary>
    public Content ReadPlain(string name)
    {
        var (file, path) = files[name];
        return Path.GetExtension(path) switch
        {
            ".xz" => Content.From(Xz.Decompress(file.Content.ToArray(), LargestModule)),
            ".zst" => Content.From(Zstd.Decompress(file.Content.ToArray(), LargestModule)),
            ".gz" => Content.From(Gzip.Decompress(file.Content.ToArray(), LargestModule)),
            _ => file.Content,
        };
    }

    // softdep NAME pre: A B post: C; names before the first "pre:" count as "pre:".
    private static Dictionary<string, (IReadOnlyList<string>, IReadOnlyList<string>)> ReadSoftDependencies(Tree root, string path)
    {
        var found = new Dictionary<string, (IReadOnlyList<string> Before, IReadOnlyList<string> After)>(StringComparer.Ordinal);
        foreach (var fields in Fields(root, path, "softdep", 3))
        {
            List<string> before = [], after = [], list = before;
            foreach (var field in fields.Skip(2))
            {
                if (field is "pre:" or "post:")
                    list = field == "pre:" ? before : after;
                else
                    list.Add(field);
            }
            var name = KernelModule.Normalize(fields[1]);
            var (earlier, later) = found.GetValueOrDefault(name, ([], []));
            found[name] = ([.. earlier, .. before], [.. later, .. after]);
        }
        return found;
    }

    private static IEnumerable<string[]> Fields(Tree root, string path, string keyword, int least) =>
        (ReadLines(root, path) ?? []).Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Where(fields => fields.Length >= least && fields[0] == keyword);

    private static IEnumerable<string>? ReadLines(Tree root, string path) =>
        root.Resolve(path) is not { Kind: NodeKind.File } file ? null
            : Encoding.UTF8.GetString(file.Content.ToArray(LargestList)).Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Where(line => !line.StartsWith('#'));

    // kernel/fs/isofs/isofs.ko.xz → isofs
    private static string NameOf(string path)
    {
        var file = Path.GetFileName(path.AsSpan());
        var end = file.IndexOf(".ko", StringComparison.Ordinal);
        return KernelModule.Normalize((end < 0 ? file : file[..end]).ToString());
    }
}
