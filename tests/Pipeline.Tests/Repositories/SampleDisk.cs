using ImageBuilder.Formats.Fat;
using ImageBuilder.Formats.Gpt;
using ImageBuilder.Formats.SquashFs;
using ImageBuilder.Formats.Trees;
using ImageBuilder.Pipeline.Images.Disk;
using ImageBuilder.Update.Stacks;

namespace ImageBuilder.Pipeline.Tests.Repositories;

/// <summary>The disk image of an appliance without a boot loader: what publishing reads of one.</summary>
internal static class SampleDisk
{
    /// <summary>Writes the image, with one layer for each tree.</summary>
    /// <param name="path">The file.</param>
    /// <param name="trees">The layers, the top one first, as overlayfs takes them.</param>
    /// <param name="version">Of the image.</param>
    /// <param name="kernel">In the boot set.</param>
    /// <param name="epoch">The security epoch.</param>
    public static StackManifest Write(string path, IReadOnlyList<Tree> trees, string version = "1", string kernel = "kernel", uint epoch = 0)
    {
        var bootTree = new Tree();
        bootTree.Put("/vmlinuz", Node.File(kernel));
        var boot = Fat(bootTree, new FatOptions { VolumeLabel = "IB-BOOT", VolumeId = 1, Time = DateTimeOffset.UnixEpoch });
        var layers = trees.Select(Pack).ToList();
        var manifest = new StackManifest { Name = "sample", Version = version, Epoch = epoch, Layers = [.. layers.Select(Blob)], Boot = Blob(boot) };
        var system = FactoryPartition.LayOut(manifest);
        var esp = Fat(new Tree(), new FatOptions { VolumeLabel = "EFI", VolumeId = 2, Time = DateTimeOffset.UnixEpoch, Size = 1 << 20 });
        var parts = new List<(string Name, long Offset, long Length)>();
        foreach (var (name, length) in (IEnumerable<(string, long)>)[(DiskLayout.Esp, esp.Length), (DiskLayout.BootA, boot.Length + (1 << 20)), (FactoryPartition.Label, system.Length)])
            parts.Add((name, parts.Count == 0 ? DiskLayout.Alignment : parts[^1].Offset + parts[^1].Length, AlignUp(length)));
        var size = parts[^1].Offset + parts[^1].Length + DiskLayout.Alignment;
        var table = GptTable.Layout(new GptOptions { SectorSize = 512, TotalSectors = (ulong)size / 512, DiskGuid = Id("disk") },
            [.. parts.Select(part => new GptPartition(GptType.LinuxReserved, Id(part.Name), (ulong)part.Offset / 512, (ulong)(part.Offset + part.Length) / 512 - 1, part.Name))]);
        using var file = new SparseFile(path, size);
        void Put(long offset, byte[] bytes) => file.Write(offset, Content.From(bytes), null, default);
        Put(0, Mbr.Write([], 1, [Mbr.Protective((ulong)size / 512)]));
        Put(512, table.WritePrimary());
        Put((long)table.BackupLba * 512, table.WriteBackup());
        Put(parts[0].Offset, esp);
        Put(parts[1].Offset, boot);
        Put(parts[2].Offset, system.Head());
        foreach (var (offset, layer) in system.Offsets.Zip(layers))
            Put(parts[2].Offset + offset, layer);
        return manifest;
    }

    private static long AlignUp(long length) => (length + DiskLayout.Alignment - 1) / DiskLayout.Alignment * DiskLayout.Alignment;

    private static Guid Id(string name) => new(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.ASCII.GetBytes(name)).AsSpan(0, 16));

    private static byte[] Pack(Tree tree)
    {
        using var image = new MemoryStream();
        SquashFsWriter.Write(tree, image, new SquashFsOptions { Level = 1, Jobs = 1 }, default);
        return image.ToArray();
    }

    private static byte[] Fat(Tree tree, FatOptions options)
    {
        using var image = new MemoryStream();
        FatImage.Layout(tree, options).Write(image, default);
        return image.ToArray();
    }

    private static StackBlob Blob(byte[] bytes) => new(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(bytes)), bytes.Length);
}
