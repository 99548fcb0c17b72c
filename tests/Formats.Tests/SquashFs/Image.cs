using ImageBuilder.Formats.SquashFs;
using ImageBuilder.Formats.Tar;
using ImageBuilder.Formats.Trees;
using Microsoft.Win32.SafeHandles;

namespace ImageBuilder.Formats.Tests.SquashFs;

/// <summary>An image in a folder of its own, and what foreign programs read from it.</summary>
internal sealed class Image : IDisposable
{
    private readonly TempFolder folder = new();
    private readonly List<SafeFileHandle> open = [];

    public Image(Tree tree, SquashFsOptions? options = null)
    {
        File = folder["image.squashfs"];
        using var stream = System.IO.File.Create(File);
        Summary = SquashFsWriter.Write(tree, stream, options ?? Fast);
    }

    private Image(SquashFsSummary none)
    {
        File = folder["image.squashfs"];
        Summary = none;
    }

    /// <summary>An image that something else writes: it is given the path.</summary>
    public static Image By(Action<string> write)
    {
        var image = new Image(new SquashFsSummary(0, 0, 0, 0, 0, 0, 0));
        write(image.File);
        return image;
    }

    /// <summary>The image for our reader.</summary>
    public SquashFsImage Read(SquashFsLimits? limits = null) => SquashFsImage.Open(Content.From(Bytes), limits);

    /// <summary>Options for tests that are not about compression.</summary>
    public static SquashFsOptions Fast { get; } = new() { Compression = SquashFsCompression.Lz4, BlockSize = 4096, Jobs = 2 };

    public string File { get; }

    public SquashFsSummary Summary { get; }

    public byte[] Bytes => System.IO.File.ReadAllBytes(File);

    /// <summary>The superblock's fields that tests look at.</summary>
    public (uint Fragments, int Compressor, int Flags, int Ids, uint Inodes) Superblock
    {
        get
        {
            using var reader = new BinaryReader(System.IO.File.OpenRead(File));
            reader.ReadUInt32(); // magic
            var inodes = reader.ReadUInt32();
            reader.ReadUInt32(); // time
            reader.ReadUInt32(); // block size
            var fragments = reader.ReadUInt32();
            var compressor = reader.ReadUInt16();
            reader.ReadUInt16(); // block size, logarithm
            return (fragments, compressor, reader.ReadUInt16(), reader.ReadUInt16(), inodes);
        }
    }

    /// <summary>The tree as squashfs-tools-ng reads it.</summary>
    public Tree BySqfs2Tar() => FromTar($"sqfs2tar --keep-as-dir --root-becomes . '{File}'");

    /// <summary>The tree as the kernel shows it. Needs root.</summary>
    public Tree ByKernel() => Mounted(mount => FromTar(TarOf(mount)));

    /// <summary>The tree as unsquashfs extracts it. Needs root, for owners and devices.</summary>
    public Tree ByUnsquashfs()
    {
        Tool.Run("unsquashfs", "-no-progress", "-quiet", "-strict-errors", "-d", folder["extracted"], File);
        return FromTar(TarOf(folder["extracted"]));
    }

    /// <summary>Runs something while the kernel has the image mounted. Needs root.</summary>
    public T Mounted<T>(Func<string, T> look)
    {
        var mount = Directory.CreateDirectory(folder["mount"]).FullName;
        Tool.Run("mount", "-t", "squashfs", "-o", "loop,ro", File, mount);
        try
        {
            return look(mount);
        }
        finally
        {
            Tool.Run("umount", mount);
        }
    }

    public void Dispose()
    {
        foreach (var handle in open)
            handle.Dispose();
        folder.Dispose();
    }

    private static string TarOf(string path) =>
        $"tar --create --format=pax --numeric-owner --sparse --xattrs --xattrs-include='*' --sort=name -C '{path}' . 2>'{path}.log' || {{ cat '{path}.log' >&2; false; }}";

    private Tree FromTar(string command)
    {
        var tar = folder[$"{open.Count}.tar"];
        Tool.Run("bash", "-c", $"set -o pipefail; ({command}) > '{tar}'");
        var handle = System.IO.File.OpenHandle(tar);
        open.Add(handle);
        return TarReader.Read(Content.From(handle, 0, RandomAccess.GetLength(handle), tar));
    }
}
