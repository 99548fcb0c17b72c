using System.Text.Json;
using ImageBuilder.Formats;
using ImageBuilder.Formats.Cpio;
using ImageBuilder.Formats.Fat;
using ImageBuilder.Formats.Iso9660;
using ImageBuilder.Formats.Trees;
using ImageBuilder.Pipeline.Inspection.Reports;

namespace ImageBuilder.Pipeline.Tests.Inspection.Reports;

public class InspectionTests
{
    private static readonly DateTimeOffset Time = new(2025, 1, 2, 3, 4, 5, TimeSpan.Zero);

    [ToolFact("mksquashfs", "sgdisk")]
    public void A_live_ISO_is_explained_down_to_the_packages_in_its_layer()
    {
        using var folder = new TempFolder();
        LiveIso(folder);

        var (report, root) = Explain(folder["live.iso"]);

        Assert.False(report.HasFaults);
        Assert.Equal(("iso9660", "INSPECTED"), (report.Kind, Text(root, "volumeId")));
        Assert.Equal("IEEE_1282", Text(root, "rockRidge"));
        Assert.Equal("GPT", Text(root, "partitionTable"));
        Assert.Equal(["Bios", "Efi"], Column(root, "bootEntries", "platform"));
        Assert.Equal(["EFI system partition"], Column(root, "partitions", "type").Skip(1));
        Assert.Equal(["Live system"], Column(root, "menuEntries", "title"));
        Assert.Equal(["boot=live quiet"], Column(root, "menuEntries", "commandLine"));

        var parts = root.GetProperty("parts").EnumerateArray().ToDictionary(part => part.GetProperty("kind").GetString()!);
        Assert.Equal(["/EFI/BOOT/BOOTX64.EFI"], Column(parts["fat"], "efiFiles", "path"));
        Assert.Equal("Debian GNU/Linux 13 (trixie)", Text(parts["squashfs"], "system"));
        Assert.Equal("gzip", Text(parts["squashfs"], "compressor"));
        Assert.Equal(["bash", "dash"], Column(parts["squashfs"], "packages", "name"));
        Assert.Equal(1, parts["initramfs"].GetProperty("files").GetInt32());
    }

    [ToolFact("mksquashfs")]
    public void Text_shows_packages_only_when_asked_and_no_control_characters_ever()
    {
        using var folder = new TempFolder();
        LiveIso(folder);
        using var inspection = ImageInspection.Open(folder["live.iso"]);
        var report = inspection.Explain();
        report.Add("hostile", "a\u001b[2Jb");

        var (brief, full) = (TextReport.Render(report, showLong: false), TextReport.Render(report, showLong: true));

        Assert.DoesNotContain("5.2.37-2", brief, StringComparison.Ordinal);
        Assert.Contains("5.2.37-2", full, StringComparison.Ordinal);
        Assert.Contains("package count", brief, StringComparison.Ordinal);
        Assert.Contains("a\\x1b[2Jb", brief, StringComparison.Ordinal);
        Assert.DoesNotContain(full, c => char.IsControl(c) && c != '\n');
    }

    [ToolTheory("genisoimage", "mkfs.fat", "mcopy", "cpio", "bsdtar", "mksquashfs", "zstd")]
    [InlineData("genisoimage -quiet -R -V FOREIGN -o $OUT $IN", "iso9660")]
    [InlineData("xorriso -as mkisofs -R -V FOREIGN -o $OUT $IN", "iso9660")]
    [InlineData("mkfs.fat -C $OUT 2048 > /dev/null && mcopy -s -i $OUT $IN/* ::/", "fat")]
    [InlineData("mksquashfs $IN $OUT -quiet -no-progress -comp xz", "squashfs")]
    [InlineData("bsdtar -cf $OUT --format pax -C $IN .", "tar")]
    [InlineData("(cd $IN && find . | cpio --quiet -o -H newc) > $OUT", "initramfs")]
    [InlineData("(cd $IN && find . | cpio --quiet -o -H newc) | zstd -q > $OUT", "initramfs")]
    [InlineData("bsdtar -cf - -C $IN . | gzip > $OUT", "compressed")]
    public void Images_of_other_tools_are_recognised_by_content_and_unpacked_as_they_were(string make, string kind)
    {
        using var folder = new TempFolder();
        Directory.CreateDirectory(folder["in/dir"]);
        File.WriteAllText(folder["in/dir/file.txt"], "content");
        File.WriteAllBytes(folder["in/BIG"], new byte[100_000]);
        Tool.Run("sh", "-c", $"IN={folder["in"]} OUT={folder["image"]}; {make} 2>/dev/null");
        using var inspection = ImageInspection.Open(folder["image"]);

        Assert.Equal(kind, inspection.Explain().Kind);
        Assert.False(inspection.Explain().HasFaults);
        inspection.Unpack(folder["out"], force: false, new SilentReporter(), default);

        Assert.Equal("", Tool.Run("diff", "-r", folder["in"], folder["out"]));
        Assert.Equal("IB5003", Assert.Throws<ImageException>(() => inspection.Unpack(folder["out"], force: false, new SilentReporter(), default)).Id);
    }

    [ToolFact("sgdisk", "mkfs.fat")]
    public void A_disk_shows_its_partitions_and_what_they_hold()
    {
        using var folder = new TempFolder();
        Tool.Run("sh", "-c", $"truncate -s 8M '{folder["disk"]}' && sgdisk --new=1:2048:+2M --typecode=1:ef00 '{folder["disk"]}' && mkfs.fat -n ESP --offset 2048 '{folder["disk"]}' 2048");

        var (report, root) = Explain(folder["disk"]);

        Assert.Equal(("disk", false), (report.Kind, report.HasFaults));
        Assert.Equal(["FAT file system"], Column(root, "partitions", "holds"));
        Assert.Equal("ESP", Text(root.GetProperty("parts")[0], "label"));
    }

    [ToolFact("mksquashfs", "unsquashfs")]
    public void Files_and_their_further_names_are_counted_as_unsquashfs_counts_them()
    {
        using var folder = new TempFolder();
        Directory.CreateDirectory(folder["in/dir"]);
        File.WriteAllText(folder["in/file"], "content");
        File.CreateSymbolicLink(folder["in/link"], "file");
        Tool.Run("sh", "-c", $"cd '{folder["in"]}' && ln file dir/again && ln file dir/more && mkfifo pipe && ln pipe dir/pipe");
        Tool.Run("mksquashfs", folder["in"], folder["image"], "-quiet", "-no-progress");
        var told = Tool.Run("unsquashfs", "-no-progress", "-d", folder["out"], folder["image"]).Split('\n');

        var (_, root) = Explain(folder["image"]);

        foreach (var (name, count) in new[] { ("files", Number("files")), ("symlinks", Number("symbolicLinks")), ("fifos", Number("devicesAndPipes")), ("hardlinks", Number("hardLinks")) })
            Assert.Contains(count == 1 ? $"created 1 {name[..^1]}" : $"created {count} {name}", told);
        Assert.Equal(3, Number("hardLinks"));

        int Number(string name) => root.GetProperty(name).GetInt32();
    }

    [ToolFact("xorriso")]
    public void The_Apple_partition_map_of_a_hybrid_ISO_is_shown_beside_the_other_tables()
    {
        using var folder = new TempFolder();
        Directory.CreateDirectory(folder["in"]);
        File.WriteAllBytes(folder["in/efi.img"], new byte[1 << 16]);
        File.WriteAllBytes(folder["in/isolinux.bin"], new byte[4096]);
        var mbr = new byte[432];
        byte[] head = [0x45, 0x52, 0x08, 0x00, 0x00, 0x00, 0x90, 0x90]; // as isohdpfx.bin
        head.CopyTo(mbr, 0);
        File.WriteAllBytes(folder["mbr"], mbr);
        Tool.Run("xorriso", "-as", "mkisofs", "-R", "-isohybrid-mbr", folder["mbr"], "-b", "isolinux.bin", "-c", "boot.cat", "-no-emul-boot", "-boot-load-size", "4", "-boot-info-table",
            "-eltorito-alt-boot", "-e", "efi.img", "-no-emul-boot", "-isohybrid-gpt-basdat", "-isohybrid-apm-hfsplus", "-o", folder["a.iso"], folder["in"]);

        var (report, root) = Explain(folder["a.iso"]);

        Assert.False(report.HasFaults);
        Assert.Equal("GPT beside an MBR that names partitions too, and an Apple partition map", Text(root, "partitionTable"));
        Assert.Equal(["Apple_partition_map", "Apple_HFS"], Column(root, "applePartitions", "type"));
        Assert.Equal(8, Text(root, "mbrDiskId")?.Length);
    }

    [Fact]
    public void What_is_no_image_is_told_in_one_clear_message()
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder["empty"], "");
        File.WriteAllBytes(folder["rubbish"], [1, 2, 3, 4, 5, 6, 7, 8, 9]);
        File.WriteAllText(folder["program"], "\u007fELF");

        Assert.Equal("IB5221", Refused(folder["empty"]));
        Assert.Equal("IB5220", Refused(folder.Path));
        Assert.Equal("IB5220", Refused("/dev/null"));
        Assert.Equal("IB3032", Refused(folder["missing"]));
        Assert.Contains("0102030405060708", Assert.Single(Explain(folder["rubbish"]).Report.Faults), StringComparison.Ordinal);
        Assert.Contains("ELF", Assert.Single(Explain(folder["program"]).Report.Faults), StringComparison.Ordinal);
        using var rubbish = ImageInspection.Open(folder["rubbish"]);
        Assert.Equal("IB5223", Assert.Throws<ImageException>(() => rubbish.Unpack(folder["out"], false, new SilentReporter(), default)).Id);

        static string Refused(string path) => Assert.Throws<ImageException>(() => ImageInspection.Open(path)).Id;
    }

    [Fact]
    public void Only_the_start_is_unpacked_of_what_begins_like_nothing_that_is_known()
    {
        using var folder = new TempFolder();
        using (var file = File.Create(folder["bomb.gz"]))
        using (var gzip = new System.IO.Compression.GZipStream(file, System.IO.Compression.CompressionLevel.Fastest))
            for (var length = 0; length < 256; length++)
                gzip.Write(new byte[1 << 20]);

        using var inspection = ImageInspection.Open(folder["bomb.gz"]);
        var unpacked = Assert.Single(inspection.Explain().Parts);

        Assert.Equal(1 << 20, unpacked.Length);
        Assert.NotEmpty(unpacked.Faults);
    }

    [ToolFact("mkfifo")]
    public void A_pipe_is_refused_without_waiting_for_a_writer()
    {
        using var folder = new TempFolder();
        Tool.Run("mkfifo", folder["pipe"]);
        Assert.Equal("IB5220", Assert.Throws<ImageException>(() => ImageInspection.Open(folder["pipe"])).Id);
    }

    [ToolFact("mksquashfs")]
    public void A_cut_off_ISO_says_so_and_a_damaged_layer_does_not_hide_the_rest()
    {
        using var folder = new TempFolder();
        LiveIso(folder);
        var bytes = File.ReadAllBytes(folder["live.iso"]);
        File.WriteAllBytes(folder["cut.iso"], bytes[..(bytes.Length / 2)]);
        var layer = bytes.AsSpan().IndexOf("hsqs"u8);
        bytes.AsSpan(layer + 40, 40).Fill(0xFF);
        File.WriteAllBytes(folder["damaged.iso"], bytes);

        Assert.Contains("cut off", Assert.Single(Explain(folder["cut.iso"]).Report.Faults), StringComparison.Ordinal);
        var damaged = Explain(folder["damaged.iso"]).Report;
        Assert.True(damaged.HasFaults);
        Assert.Empty(damaged.Faults);
        Assert.Single(damaged.Parts, part => part.HasFaults);
    }

    [ToolFact("mksquashfs")]
    public void Damaged_live_ISOs_are_explained_as_far_as_they_go()
    {
        using var folder = new TempFolder();
        LiveIso(folder);
        using var spool = new Spool();
        Mutations.Survive<ImageException>(File.ReadAllBytes(folder["live.iso"]), 200, seed: 5220, memoryCap: 256 << 20, bytes =>
        {
            var report = new Inspector(spool).Inspect(Content.From(bytes), "mutant");
            Assert.NotEmpty(TextReport.Render(report, showLong: true));
            Assert.NotEmpty(JsonReport.Render(report));
        });
    }

    [Fact]
    public void Menus_of_GRUB_syslinux_and_systemd_boot_are_read()
    {
        var tree = new Tree();
        tree.Put("/boot/grub/grub.cfg", Node.File("menuentry 'One two' --class x {\n  linux /vmlinuz a=\"b c\"\n  initrd /ucode.img /initrd.img\n}\nmenuentry \"Firmware\" {\n  fwsetup\n}\n"));
        tree.Put("/isolinux/live.cfg", Node.File("label live\n\tmenu label ^Live (amd64)\n\tlinux /live/vmlinuz\n\tinitrd /live/initrd.img\n\tappend boot=live\nLABEL two\n KERNEL /k\n APPEND initrd=/i ro\n"));
        tree.Put("/loader/entries/a.conf", Node.File("title Arch\nlinux /arch/vmlinuz\ninitrd /arch/initramfs\noptions archisolabel=X\n"));

        var entries = BootMenu.Read(tree);

        Assert.Equal(["One two|/vmlinuz|/ucode.img /initrd.img|a=\"b c\"", "Live (amd64)|/live/vmlinuz|/live/initrd.img|boot=live", "two|/k|/i|initrd=/i ro", "Arch|/arch/vmlinuz|/arch/initramfs|archisolabel=X"],
            entries.Select(entry => $"{entry.Title}|{entry.Kernel}|{string.Join(' ', entry.Initramfs)}|{entry.CommandLine}"));
    }

    /// <summary>An ISO as live-build lays it out, with our writer and a foreign layer.</summary>
    private static void LiveIso(TempFolder folder)
    {
        Directory.CreateDirectory(folder["root/etc"]);
        Directory.CreateDirectory(folder["root/var/lib/dpkg"]);
        File.WriteAllText(folder["root/etc/os-release"], "PRETTY_NAME=\"Debian GNU/Linux 13 (trixie)\"\n");
        File.WriteAllText(folder["root/var/lib/dpkg/status"],
            "Package: bash\nStatus: install ok installed\nVersion: 5.2.37-2\nArchitecture: amd64\n\nPackage: dash\nStatus: install ok installed\nVersion: 0.5.12\nArchitecture: amd64\n");
        Tool.Run("mksquashfs", folder["root"], folder["root.squashfs"], "-quiet", "-no-progress");
        var (tree, initramfs, esp) = (new Tree(), new Tree(), new Tree());
        initramfs.Put("/init", Node.File("#!/bin/sh\n"));
        esp.Put("/EFI/BOOT/BOOTX64.EFI", Node.File("MZ"));
        using var packed = new MemoryStream();
        using (var gzip = new System.IO.Compression.GZipStream(packed, System.IO.Compression.CompressionLevel.Fastest, leaveOpen: true))
            CpioWriter.Write(initramfs, gzip);
        using var fat = new MemoryStream();
        FatImage.Layout(esp, new FatOptions { VolumeLabel = "EFI", VolumeId = 1, Time = Time }).Write(fat);
        tree.Put("/live/filesystem.squashfs", Node.File(Content.From(File.ReadAllBytes(folder["root.squashfs"]))));
        tree.Put("/live/initrd.img", Node.File(Content.From(packed.ToArray())));
        tree.Put("/boot/grub/grub.cfg", Node.File("menuentry \"Live system\" {\n linux /live/vmlinuz boot=live quiet\n initrd /live/initrd.img\n}\n"));
        using var file = File.Create(folder["live.iso"]);
        IsoImage.Layout(tree, new IsoOptions
        {
            VolumeId = "INSPECTED",
            Time = Time,
            BiosBoot = new BiosBoot { Image = Content.From(new byte[4096]), Path = "/boot/eltorito.img" },
            EfiBoot = new EfiBoot { Image = Content.From(fat.ToArray()) },
            Hybrid = new HybridBoot { MbrBootCode = Content.From(new byte[] { 0xEB }), DiskGuid = new Guid("3F2504E0-4F89-41D3-9A0C-0305E82C3301"), IsoPartitionGuid = new Guid("3F2504E0-4F89-41D3-9A0C-0305E82C3302"), EfiPartitionGuid = new Guid("3F2504E0-4F89-41D3-9A0C-0305E82C3303") },
        }).Write(file);
    }

    private static (ImageReport Report, JsonElement Json) Explain(string path)
    {
        using var inspection = ImageInspection.Open(path);
        var report = inspection.Explain();
        return (report, JsonDocument.Parse(JsonReport.Render(report)).RootElement);
    }

    private static string? Text(JsonElement part, string name) => part.GetProperty(name).GetString();

    private static IEnumerable<string?> Column(JsonElement part, string table, string column) => part.GetProperty(table).EnumerateArray().Select(row => row.GetProperty(column).GetString());
}
