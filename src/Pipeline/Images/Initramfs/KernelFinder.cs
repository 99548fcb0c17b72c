using ImageBuilder.Formats;
using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Pipeline.Images.Initramfs;

/// <summary>Finds the kernel that a tree is to start with.</summary>
public static class KernelFinder
{
    private static readonly string[] Prefixes = ["vmlinuz-", "vmlinux-", "Image-"];

    /// <summary>The only kernel in the tree.</summary>
    /// <exception cref="ImageException">IB5101: there is none. IB5102: there are several.</exception>
    public static KernelImage Find(Tree root)
    {
        var kernels = FindAll(root);
        return kernels.Count switch
        {
            1 => kernels[0],
            0 => throw new ImageException(ImageErrorKind.Unsupported, "IB5101",
                "the tree has no kernel: neither /boot/vmlinuz-* nor /usr/lib/modules/*/vmlinuz is there; set kernel: {package: ...}, such as linux-image-amd64, or put a kernel with its modules into base.tar, base.directory or base.oci"),
            _ => throw new ImageException(ImageErrorKind.Unsupported, "IB5102",
                $"the tree has {kernels.Count} kernels ({string.Join(", ", kernels.Select(kernel => kernel.Version))}), and one is expected: install one kernel package only"),
        };
    }

    /// <summary>All kernels in the tree, by version in ordinal order.</summary>
    public static IReadOnlyList<KernelImage> FindAll(Tree root)
    {
        var found = new SortedDictionary<string, KernelImage>(StringComparer.Ordinal);
        // Fedora and Arch keep the kernel beside its modules; /boot, where it exists, says it again.
        foreach (var (name, _) in root.Resolve("/usr/lib/modules")?.Children ?? [])
            Add(name.ToString(), $"/usr/lib/modules/{name}/vmlinuz");
        foreach (var (name, _) in root.Resolve("/boot")?.Children ?? [])
            foreach (var prefix in Prefixes)
                if (name.ToString() is var text && text.StartsWith(prefix, StringComparison.Ordinal))
                    Add(text[prefix.Length..], $"/boot/{text}");
        return [.. found.Values];

        void Add(string version, string path)
        {
            if (root.Resolve(path) is { Kind: NodeKind.File } file)
                found[version] = new KernelImage(version, path, file);
        }
    }
}
