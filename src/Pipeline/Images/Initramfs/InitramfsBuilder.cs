using ImageBuilder.Formats.Compression;
using ImageBuilder.Formats.Cpio;
using ImageBuilder.Formats.Trees;
using ImageBuilder.Linux.Modules;
using ImageBuilder.Update;

namespace ImageBuilder.Pipeline.Images.Initramfs;

/// <summary>
/// Builds the initramfs: the init program, the kernel modules stored plain (the kernel understands one compression at most, and the
/// archive is compressed as a whole), and a table with which they are loaded.
/// </summary>
public static class InitramfsBuilder
{
    private static readonly string[] Folders = ["/dev", "/proc", "/sys", "/run", "/sysroot"];

    /// <summary>Builds the initramfs for one kernel.</summary>
    /// <param name="root">The target's root tree, with its modules in /usr/lib/modules.</param>
    /// <param name="kernelVersion">The kernel's release, as its folder of modules is called.</param>
    /// <param name="drivers">Which modules.</param>
    /// <param name="initProgram">The program that becomes /init; statically linked.</param>
    /// <param name="options">How it is written.</param>
    /// <param name="blocks">Where it is kept for the next build; null makes it anew.</param>
    /// <param name="cancel">Stops at once, also amid the compression.</param>
    /// <exception cref="Formats.ImageException">
    /// IB5111: the tree has no modules for this kernel. IB5112: a module that was asked for does not exist. IB5113: a list of the
    /// modules is damaged. Whatever reading and decompressing the modules throws.
    /// </exception>
    public static InitramfsResult Build(Tree root, string kernelVersion, DriverSelection drivers, Content initProgram, InitramfsOptions options, IBlockCache? blocks = null, CancellationToken cancel = default)
    {
        var modules = KernelModuleIndex.Read(root, kernelVersion);
        var table = ModuleSelector.Select(modules, drivers);
        using var cache = blocks is null ? null : new InitramfsCache(blocks, options);
        if (cache is not null)
        {
            AddInputs(cache, modules, table, initProgram);
            if (cache.Read() is { } kept)
                return new InitramfsResult(kept, [.. table.Modules.Keys], FromCache: true);
        }
        var tree = Assemble(modules, table, initProgram, cancel);
        if (!options.Shell)
            tree.Put(DevicePaths.NoShell, Node.File(""));
        using var archive = new MemoryStream();
        CpioWriter.Write(tree, archive, options.ModifiedTime);
        var plain = archive.ToArray();
        // One call that takes seconds and cannot be told to stop; it touches nothing but its own memory, so it may be left to itself.
        var image = Task.Run(() => Zstd.Compress(plain, options.CompressionLevel), cancel).WaitAsync(cancel).GetAwaiter().GetResult();
        cache?.Keep(image);
        return new InitramfsResult(image, [.. table.Modules.Keys], FromCache: false);
    }

    /// <summary>Everything that gets into the archive, modules as they are stored: undoing their compression is half of the work.</summary>
    private static void AddInputs(InitramfsCache cache, KernelModuleIndex modules, ModuleTable table, Content initProgram)
    {
        cache.Add("init", initProgram);
        cache.Add(modules.KernelVersion, Content.From(table.ToString()));
        foreach (var module in table.Modules.Values)
            cache.Add(module.File, modules.ReadStored(module.Name));
    }

    /// <summary>The files of the initramfs, before they become an archive.</summary>
    internal static Tree Assemble(KernelModuleIndex modules, ModuleTable table, Content initProgram, CancellationToken cancel = default)
    {
        var tree = new Tree();
        foreach (var folder in Folders)
            tree.EnsureDirectory(folder);
        // The kernel opens it before anything is mounted, for init's standard input and output.
        tree.Put("/dev/console", new Node(NodeKind.CharacterDevice) { Mode = UnixMode.Octal0600, DeviceMajor = 5, DeviceMinor = 1 });
        tree.Put("/init", new Node(NodeKind.File) { Mode = UnixMode.Octal0755, Content = initProgram });
        tree.Put($"{ModuleTable.Folder}/{ModuleTable.FileName}", Node.File(table.ToString()));
        tree.Put($"{ModuleTable.Folder}/{ModuleTable.KernelFileName}", Node.File(modules.KernelVersion + "\n"));
        var files = table.Modules.Values.AsParallel().AsOrdered().WithCancellation(cancel).Select(module => (module.File, Content: modules.ReadPlain(module.Name))).ToList();
        foreach (var (file, content) in files)
            tree.Put($"{ModuleTable.Folder}/{file}", Node.File(content));
        return tree;
    }
}
