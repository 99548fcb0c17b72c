using ImageBuilder.Formats;
using ImageBuilder.Formats.Trees;
using ImageBuilder.Linux.Modules;
using ImageBuilder.Pipeline.Caching;
using ImageBuilder.Pipeline.Images.Initramfs;

namespace ImageBuilder.Pipeline.Tests.Images.Initramfs;

public class InitramfsBuilderTests
{
    private static readonly Content InitProgram = Content.From("#!init\n");

    [ToolFact("zstd", "cpio", "sh")]
    public void Generic_holds_the_drivers_of_ordinary_machines()
    {
        string[] promised =
        [
            "ahci", "ata_piix", "nvme", "usb-storage", "uas", "xhci-pci", "ehci-pci", "sd_mod", "sr_mod", "virtio_blk", "virtio_scsi", "hv_storvsc",
            "sdhci-pci", "sdhci-acpi", "mmc_block", "vmw_pvscsi", "isofs", "vfat", "exfat", "ext4", "hid-generic", "usbhid",
        ];
        var kernel = new FakeKernel().Root();
        foreach (var name in promised)
            kernel.Module($"kernel/{name}.ko");

        var listed = List(Build(kernel.Build(), DriverSelection.Generic).Image);

        Assert.All(promised, name => Assert.Contains($"lib/modules/{KernelModule.Normalize(name)}.ko", listed));
        Assert.Contains("init", listed);
        Assert.Contains("dev/console", listed);
    }

    [ToolFact("zstd", "cpio", "xz", "sh")]
    public void Modules_of_every_compression_are_stored_plain()
    {
        using var folder = new TempFolder();
        var kernel = new FakeKernel().Root().Module("kernel/one.ko.zst").Module("kernel/two.ko.gz").Module("kernel/three.ko");
        var tree = kernel.Module("kernel/four.ko.xz").Build();
        File.WriteAllBytes(folder["four"], FakeKernel.Plain("four"));
        Tool.Run("xz", "--check=crc32", folder["four"]);
        tree.Put($"/usr/lib/modules/{FakeKernel.Version}/kernel/four.ko.xz", Node.File(Content.From(File.ReadAllBytes(folder["four.xz"]))));

        File.WriteAllBytes(folder["image"], Build(tree, DriverSelection.List(["one", "two", "three", "four"])).Image);
        Tool.Run("sh", "-c", $"cd {folder.Path} && zstd -dcq image | cpio -id --quiet lib/modules/*");

        Assert.All(["one", "two", "three", "four"], name => Assert.Equal(FakeKernel.Plain(name), File.ReadAllBytes(folder[$"lib/modules/{name}.ko"])));
    }

    [Fact]
    public void A_disk_brings_its_data_partitions_modules_and_nothing_that_live_media_need()
    {
        var tree = new FakeKernel().Root().Module("ext4.ko").Module("quota_v2.ko", ["quota_tree.ko"]).Module("quota_tree.ko").Module("isofs.ko").Module("sr_mod.ko").Module("virtio_blk.ko").Build();
        Assert.Equal(["ext4", "loop", "overlay", "quota_tree", "quota_v2", "squashfs", "virtio_blk"], Build(tree, DriverSelection.Virtio.WithoutMedia().WithData()).Modules);
    }

    [Fact]
    public void A_kernel_without_project_quotas_is_no_kernel_for_a_data_partition() =>
        Assert.Equal("IB5112", Assert.Throws<ImageException>(() => Build(new FakeKernel().Root().Module("ext4.ko").Build(), DriverSelection.Virtio.WithData())).Id);

    [Fact]
    public void Everything_that_a_module_needs_comes_along()
    {
        var tree = new FakeKernel().Root()
            .Module("kernel/drivers/ata/ahci.ko", ["kernel/drivers/ata/libahci.ko", "kernel/drivers/ata/libata.ko"])
            .Module("kernel/drivers/ata/libahci.ko", ["kernel/drivers/ata/libata.ko"])
            .Module("kernel/drivers/ata/libata.ko")
            .Module("kernel/unrelated.ko").Build();
        Assert.Equal(["ahci", "libahci", "libata", "loop", "overlay", "squashfs"], Build(tree, DriverSelection.List(["ahci"])).Modules);
    }

    [Fact]
    public void Wishes_of_modules_are_found_by_name_and_by_alias_and_kept_in_the_table()
    {
        var table = Table(new FakeKernel().Root()
            .Module("kernel/ext9.ko").Module("kernel/crc32c_generic.ko").Module("kernel/ehci-pci.ko").Module("kernel/later.ko")
            .Alias("crypto-crc32c", "crc32c_generic")
            .SoftDependency("ext9 pre: crypto-crc32c ehci-pci not-there post: later"), "ext9");
        Assert.Equal(["crc32c_generic", "ehci_pci"], table.Modules["ext9"].Before);
        Assert.Equal(["later"], table.Modules["ext9"].After);
        Assert.Contains("later", table.Modules.Keys);
    }

    [Fact]
    public void Wishes_that_go_in_a_circle_lose_one_so_that_nothing_waits_for_ever()
    {
        var table = Table(new FakeKernel().Root().Module("kernel/a.ko").Module("kernel/b.ko").SoftDependency("a pre: b").SoftDependency("b pre: a"), "a");
        Assert.Equal(1, table.Modules["a"].Before.Count + table.Modules["b"].Before.Count);
    }

    [Fact]
    public void Only_aliases_of_modules_that_are_there_and_of_devices_or_file_systems_are_kept()
    {
        var table = Table(new FakeKernel().Root().Module("kernel/a.ko").Module("kernel/b.ko")
            .Alias("pci:v00001234d*", "a").Alias("fs-nine", "a").Alias("crypto-nine", "a").Alias("pci:v00001234d*", "b"), "a");
        Assert.Equal(["a"], table.Match("pci:v00001234d5678"));
        Assert.Equal(["a"], table.Match("fs-nine"));
        Assert.Empty(table.Match("crypto-nine"));
    }

    [Fact]
    public void A_module_that_was_asked_for_and_does_not_exist_is_an_error_that_names_it()
    {
        var error = Assert.Throws<ImageException>(() => Build(new FakeKernel().Root().Module("kernel/nvme.ko").Build(), DriverSelection.List(["nvem"])));
        Assert.Equal("IB5112", error.Id);
        Assert.Contains("'nvem'", error.Message);
        Assert.Contains(FakeKernel.Version, error.Message);
    }

    [Fact]
    public void A_module_that_is_part_of_the_kernel_is_fine_and_noted()
    {
        var table = Table(new FakeKernel().Root().BuiltIn("kernel/drivers/nvme/host/nvme.ko"), "nvme");
        Assert.DoesNotContain("nvme", table.Modules.Keys);
        Assert.Contains("nvme", table.Builtin);
    }

    [Fact]
    public void Without_overlayfs_there_is_no_image()
    {
        var error = Assert.Throws<ImageException>(() => Build(new FakeKernel().Module("kernel/loop.ko").Module("kernel/squashfs.ko").Build(), DriverSelection.Generic));
        Assert.Equal("IB5112", error.Id);
        Assert.Contains("'overlay'", error.Message);
    }

    [Fact]
    public void A_tree_without_modules_is_an_error()
    {
        var error = Assert.Throws<ImageException>(() => Build(new Tree(), DriverSelection.Generic));
        Assert.Equal("IB5111", error.Id);
    }

    [Fact]
    public void A_damaged_list_is_an_error_that_shows_the_line()
    {
        var tree = new FakeKernel().Root().Build();
        tree.Put($"/usr/lib/modules/{FakeKernel.Version}/modules.dep", Node.File("kernel/loop.ko\n"));
        var error = Assert.Throws<ImageException>(() => Build(tree, DriverSelection.Generic));
        Assert.Equal("IB5113", error.Id);
        Assert.Contains("'kernel/loop.ko'", error.Message);
    }

    [Fact]
    public void The_same_tree_gives_the_same_image()
    {
        static byte[] Once() => Build(new FakeKernel().Root().Module("kernel/nvme.ko").Build(), DriverSelection.Generic).Image;
        Assert.Equal(Once(), Once());
    }

    [Fact]
    public void The_cache_has_the_same_image_and_forgets_it_when_a_module_the_program_or_the_level_changes()
    {
        using var folder = new TempFolder();
        var noise = new byte[1_200_000]; // longer than the cache's pieces
        new Random(1).NextBytes(noise);
        var (program, usual) = (Content.From(noise), new InitramfsOptions(CompressionLevel: 3));
        Tree Root(string module = "kernel/nvme.ko") => new FakeKernel().Root().Module(module).Build();
        InitramfsResult Cached(Tree root, Content init, InitramfsOptions options)
        {
            using var blocks = BlockStore.TryOpen(folder.Path, null);
            return InitramfsBuilder.Build(root, FakeKernel.Version, DriverSelection.Generic, init, options, blocks);
        }
        var plain = InitramfsBuilder.Build(Root(), FakeKernel.Version, DriverSelection.Generic, program, usual);
        var (first, second) = (Cached(Root(), program, usual), Cached(Root(), program, usual));

        Assert.Equal((false, true), (first.FromCache, second.FromCache));
        Assert.Equal(plain.Image, first.Image);
        Assert.Equal(plain.Image, second.Image);
        Assert.Equal(plain.Modules, second.Modules);
        Assert.False(Cached(Root("kernel/ahci.ko"), program, usual).FromCache);
        Assert.False(Cached(Root(), InitProgram, usual).FromCache);
        Assert.False(Cached(Root(), program, usual with { CompressionLevel = 4 }).FromCache);
        Assert.False(Cached(Root(), program, usual with { ModifiedTime = 7 }).FromCache);
    }

    private static InitramfsResult Build(Tree tree, DriverSelection drivers) =>
        InitramfsBuilder.Build(tree, FakeKernel.Version, drivers, InitProgram, new InitramfsOptions(CompressionLevel: 3));

    private static ModuleTable Table(FakeKernel kernel, string module) =>
        ModuleTable.Parse(ModuleSelector.Select(KernelModuleIndex.Read(kernel.Build(), FakeKernel.Version), DriverSelection.List([module])).ToString());

    private static string[] List(byte[] image)
    {
        using var folder = new TempFolder();
        File.WriteAllBytes(folder["image"], image);
        return Tool.Run("sh", "-c", $"zstd -dcq {folder["image"]} | cpio -it --quiet").Split('\n');
    }
}
