using ImageBuilder.Formats.Trees;
using ImageBuilder.Pipeline.Caching;
using ImageBuilder.Pipeline.Images;
using ImageBuilder.Pipeline.Plan;
using ImageBuilder.Pipeline.Sources;
using ImageBuilder.Pipeline.Tests.Images.Initramfs;

namespace ImageBuilder.Pipeline.Tests.Images.Disk;

/// <summary>A disk of a small tree: GRUB for BIOS is the host's, the signed programs stand-ins.</summary>
internal static class SampleDisk
{
    /// <summary>GRUB's modules on the host: what tests of disks that a BIOS starts need.</summary>
    public const string HostGrub = BootLoaderFiles.DiskMbr;

    /// <summary>A plan with a disk.</summary>
    public static BuildPlan Plan(int sectorSize, long? size = null) => Samples.Plan() with { Outputs = [OutputKind.Disk], Disk = new DiskPlan(size, sectorSize), Compression = new CompressionPlan("zstd", 1) };

    /// <summary>Makes the disk in a new folder; its path.</summary>
    public static string Make(string folder, BuildPlan plan, int jobs = 1, BlockStore? blocks = null)
    {
        Directory.CreateDirectory(folder);
        using var parts = ImageParts.Make(plan, DateTimeOffset.FromUnixTimeSeconds(Samples.Time), Root(), null, BootFiles(plan.Disk.SectorSize), Content.From("init"), folder, jobs, blocks, new SilentReporter(), CancellationToken.None);
        return ImageRun.Make(parts, folder, new SilentReporter(), CancellationToken.None)[0].Path;
    }

    private static Tree Root()
    {
        var tree = new FakeKernel().Root().Module("kernel/fs/ext4/ext4.ko").Module("kernel/fs/quota/quota_v2.ko").Build();
        tree.Put("/etc/hostname", Node.File("sample\n"));
        var random = new Random(1);
        for (var i = 0; i < 20; i++)
        {
            var bytes = new byte[100_000];
            random.NextBytes(bytes);
            tree.Put($"/usr/share/{i}", Node.File(Content.From(bytes)));
        }
        return tree;
    }

    private static Tree BootFiles(int sectorSize)
    {
        var tree = new Tree();
        tree.Put(BootLoaderFiles.Shim, Node.File("shim"));
        tree.Put(BootLoaderFiles.MokManager, Node.File("MOK manager"));
        tree.Put("/sbin/e2fsck.static", Node.File("e2fsck"));
        tree.Put(BootLoaderFiles.DiskGrub, Node.File("GRUB\0/EFI/debian\0"));
        if (sectorSize == 512)
            foreach (var file in Directory.EnumerateFiles(BootLoaderFiles.BiosFolder))
                tree.Put(file, Node.File(Content.From(File.ReadAllBytes(file))));
        return tree;
    }
}
