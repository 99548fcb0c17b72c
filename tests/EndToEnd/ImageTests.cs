using System.Buffers.Binary;
using System.Globalization;
using System.Text.RegularExpressions;

namespace ImageBuilder.EndToEnd.Tests;

/// <summary>What a real image holds, as foreign tools see it.</summary>
public sealed partial class ImageTests(MinimalImage image) : IClassFixture<MinimalImage>
{
    /// <summary>What the generic profile must carry; each name is the module or one of those that replaced it.</summary>
    private static readonly string[] GenericModules =
    [
        "ahci", "ata_piix", "nvme", "usb-storage", "uas", "xhci-hcd|xhci-pci", "ehci-hcd|ehci-pci", "sd_mod", "sr_mod", "virtio_blk", "virtio_scsi", "hv_storvsc", "sdhci", "mmc_block",
        "vmw_pvscsi", "isofs", "vfat", "exfat", "ext4", "hid-generic", "usbhid", "squashfs", "overlay", "loop",
    ];

    [Fact]
    public void The_image_and_its_initramfs_stay_within_their_budgets()
    {
        Assert.InRange(new FileInfo(image.Iso).Length, 1, 180_000_000);
        Assert.InRange(new FileInfo(image.Initramfs).Length, 1, 5_000_000);
    }

    [ToolFact("xorriso")]
    public void Xorriso_sees_two_boot_images_and_a_valid_partition_table()
    {
        var report = Tool.Run("xorriso", "-indev", image.Iso, "-report_el_torito", "plain", "-report_system_area", "plain", "-pvd_info");
        Assert.Matches(@"El Torito boot img :\s+1\s+BIOS\s+y", report);
        Assert.Matches(@"El Torito boot img :\s+2\s+UEFI\s+y", report);
        Assert.Contains("boot-info-table", report);
        Assert.Contains("GPT", report);
        Assert.Matches(@"Volume Id\s+: MINIMAL_1_0_0", report);
    }

    [ToolFact("isoinfo")]
    public void Isoinfo_sees_Rock_Ridge_and_Joliet()
    {
        var report = Tool.Run("isoinfo", "-d", "-i", image.Iso);
        Assert.Contains("Rock Ridge signatures version 1 found", report);
        Assert.Contains("Joliet with UCS level 3 found", report);
        Assert.Contains("root.squashfs", Tool.Run("isoinfo", "-J", "-f", "-i", image.Iso));
    }

    [ToolFact("bsdtar")]
    public void Libarchive_lists_everything_that_boots()
    {
        var names = Tool.Run("bsdtar", "-tf", image.Iso).Split('\n');
        foreach (var name in (string[])["live/root.squashfs", "live/vmlinuz", "live/initramfs.img", "boot/grub/grub.cfg", "EFI/BOOT/BOOTX64.EFI", "EFI/BOOT/grubx64.efi", ".disk/info"])
            Assert.Contains(name, names);
    }

    [ToolFact("sgdisk", "fsck.fat", "dd")]
    public void The_partition_table_is_valid_and_its_EFI_system_partition_a_clean_FAT()
    {
        var report = Tool.Run("sgdisk", "-v", image.Iso);
        Assert.Contains("No problems found", report);
        var table = Tool.Run("sgdisk", "-p", image.Iso);
        var esp = Regex.Match(table, @"^\s+\d+\s+(?<first>\d+)\s+(?<last>\d+)\s.*EF00", RegexOptions.Multiline, TimeSpan.FromSeconds(5));
        Assert.True(esp.Success, table);
        using var folder = new TempFolder();
        var first = long.Parse(esp.Groups["first"].Value, CultureInfo.InvariantCulture);
        var count = long.Parse(esp.Groups["last"].Value, CultureInfo.InvariantCulture) - first + 1;
        Tool.Run("dd", $"if={image.Iso}", $"of={folder["esp"]}", "bs=512", $"skip={first}", $"count={count}", "status=none");
        Tool.Run("fsck.fat", "-n", folder["esp"]);
        Assert.Contains("grubx64", Tool.Run("mdir", "-b", "-i", folder["esp"], "::/EFI/BOOT"), StringComparison.OrdinalIgnoreCase);
    }

    [ToolFact("unsquashfs")]
    public void The_layer_is_zstd_and_nothing_in_it_belongs_to_one_machine_or_to_the_builder()
    {
        Assert.Contains("Compression zstd", Tool.Run("unsquashfs", "-s", image.Layer));
        var names = Tool.Run("unsquashfs", "-lc", image.Layer).Split('\n').Select(name => name.Replace("squashfs-root", "", StringComparison.Ordinal)).ToHashSet();
        Assert.Contains("/usr/lib/systemd/systemd", names);
        Assert.DoesNotContain(names, name => name.StartsWith("/boot/vmlinuz", StringComparison.Ordinal));
        Assert.DoesNotContain(names, name => name.Contains("initrd", StringComparison.Ordinal) && name.StartsWith("/boot/", StringComparison.Ordinal));
        Assert.DoesNotContain(names, name => name.Contains("/.imagebuilder", StringComparison.Ordinal));
        Assert.DoesNotContain(names, name => name.StartsWith("/etc/ssh/ssh_host", StringComparison.Ordinal));
        Assert.DoesNotContain(names, name => name.StartsWith("/var/lib/apt/lists/", StringComparison.Ordinal) && name != "/var/lib/apt/lists/partial");
        Assert.DoesNotContain("/etc/resolv.conf", names);
        Assert.Equal("", Tool.Run("unsquashfs", "-cat", image.Layer, "etc/machine-id"));
        Assert.Equal("minimal\n", Tool.Run("unsquashfs", "-cat", image.Layer, "etc/hostname"));
    }

    [ToolFact("unsquashfs")]
    public void Nobody_has_a_password_that_the_spec_did_not_give()
    {
        var shadow = Tool.Run("unsquashfs", "-cat", image.Layer, "etc/shadow").Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.NotEmpty(shadow);
        Assert.All(shadow, line => Assert.StartsWith("!", line.Split(':')[1].Replace('*', '!'), StringComparison.Ordinal));
    }

    [RootFact("unsquashfs", "rdsquashfs", "mount", "diff")]
    public void The_kernel_unsquashfs_and_rdsquashfs_read_the_same_files_from_the_layer()
    {
        using var folder = new TempFolder();
        Directory.CreateDirectory(folder["mnt"]);
        Tool.Run("unsquashfs", "-quiet", "-no-progress", "-dest", folder["tree"], image.Layer);
        Directory.CreateDirectory(folder["rd"]);
        Tool.Run("rdsquashfs", "--quiet", "--unpack-path", "/", "--unpack-root", folder["rd"], image.Layer);
        Tool.Run("mount", "-t", "squashfs", "-o", "ro,loop", image.Layer, folder["mnt"]);
        try
        {
            Tool.Run("diff", "--recursive", "--no-dereference", folder["mnt/usr"], folder["tree/usr"]);
            Tool.Run("diff", "--recursive", "--no-dereference", folder["mnt/etc"], folder["tree/etc"]);
            Tool.Run("diff", "--recursive", "--no-dereference", folder["mnt/etc"], folder["rd/etc"]);
            string Stat(string root) => Tool.Run("sh", "-c", $"cd {root} && find . -printf '%p %y %m %U:%G %T@ %l\\n' | LC_ALL=C sort");
            Assert.Equal(Stat(folder["mnt"]), Stat(folder["tree"]));
        }
        finally
        {
            Tool.Run("umount", folder["mnt"]);
        }
    }

    [ToolFact("zstd", "cpio", "readelf")]
    public void The_initramfs_has_the_generic_drivers_stored_plain_and_a_static_init()
    {
        using var folder = new TempFolder();
        Tool.Run("zstd", "-q", "-d", image.Initramfs, "-o", folder["initramfs.cpio"]);
        var names = Tool.Run("sh", "-c", $"cpio -it --quiet < {folder["initramfs.cpio"]}").Split('\n');
        var modules = names.Where(name => name.EndsWith(".ko", StringComparison.Ordinal)).Select(name => Path.GetFileNameWithoutExtension(name).Replace('_', '-')).ToHashSet();
        Assert.DoesNotContain(names, name => name.Contains(".ko.", StringComparison.Ordinal));
        Assert.Equal([], GenericModules.Where(wanted => !wanted.Replace('_', '-').Split('|').Any(modules.Contains) && !IsBuiltIn(wanted)));
        Tool.Run("sh", "-c", $"cd {folder.Path} && cpio -i --quiet --make-directories init < initramfs.cpio");
        var segments = Tool.Run("readelf", "-lW", folder["init"]);
        Assert.Contains("LOAD", segments);
        Assert.DoesNotContain("INTERP", segments);
    }

    [Fact]
    public void The_menu_names_kernel_initramfs_and_medium_literally_and_Live_comes_first()
    {
        var first = Regex.Match(image.Menu, "menuentry \"(?<title>[^\"]+)\" \\{\\s+linux (?<linux>[^\n]+)\\s+initrd (?<initrd>\\S+)", RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(5));
        Assert.Equal("Live", first.Groups["title"].Value);
        Assert.Matches("^/live/vmlinuz console=tty0 console=ttyS0 ib.id=[0-9a-f]{32}$", first.Groups["linux"].Value);
        Assert.Equal(["Live", "Live, copied to RAM", "Debug shell"], Regex.Matches(image.Menu, "menuentry \"(?<title>[^\"]+)\"", RegexOptions.None, TimeSpan.FromSeconds(5)).Select(entry => entry.Groups["title"].Value).Take(3));
        Assert.Equal("/live/initramfs.img", first.Groups["initrd"].Value);
    }

    [ToolFact("xorriso", "sha256sum", "grub-script-check")]
    public void The_mediums_own_sums_are_right_for_every_file_and_GRUB_takes_its_menu_and_that_for_multi_boot_sticks()
    {
        using var folder = new TempFolder();
        Tool.Run("xorriso", "-osirrox", "on", "-indev", image.Iso, "-extract", "/", folder["files"]);
        Tool.Run("chmod", "-R", "u+rw", folder["files"]);
        Assert.DoesNotContain("FAILED", Tool.Run("sh", "-c", $"cd {folder["files"]} && sha256sum --strict -c sha256sum.txt"));
        // The boot images that the ISO writer makes or patches are not files to copy.
        var files = Tool.Run("sh", "-c", $"cd {folder["files"]} && find . -type f ! -name sha256sum.txt ! -path './boot/grub/i386-pc/*' ! -name boot.cat | LC_ALL=C sort");
        Assert.Equal(files.Split('\n'), Tool.Run("sh", "-c", $"cut -c67- {folder["files"]}/sha256sum.txt | LC_ALL=C sort").Split('\n'));
        foreach (var menu in (string[])["grub.cfg", "loopback.cfg"])
            Tool.Run("grub-script-check", Path.Combine(folder["files"], "boot/grub", menu));
        var loopback = File.ReadAllText(Path.Combine(folder["files"], "boot/grub/loopback.cfg"));
        Assert.Equal(3, Regex.Count(loopback, @"^    linux /live/vmlinuz .* ""iso-scan/filename=\$\{iso_path\}""$", RegexOptions.Multiline, TimeSpan.FromSeconds(5)));
    }

    [Fact]
    public void The_kernel_is_a_Linux_boot_image()
    {
        // Documentation/arch/x86/boot.rst: "HdrS" at 0x202.
        var header = File.ReadAllBytes(image.Kernel).AsSpan(0x202, 4);
        Assert.Equal(BinaryPrimitives.ReadUInt32LittleEndian("HdrS"u8), BinaryPrimitives.ReadUInt32LittleEndian(header));
    }

    [Fact]
    public void A_second_build_reuses_the_base_and_gives_the_same_bytes_and_the_first_is_not_overwritten_unasked()
    {
        var refused = Program.Run(image.Folder, "build", "minimal.yaml", "--progress", "plain");
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("IB5003", refused.Error);

        var again = Program.Run(image.Folder, "build", "minimal.yaml", "--progress", "plain", "--output-dir", "again", "--jobs", "1");
        Assert.True(again.ExitCode == 0, again.ToString());
        Assert.Contains("reused trixie from the cache", again.Error);
        Assert.Contains("--refresh", again.Error);
        Tool.Run("cmp", image.Iso, again.Image);
        Assert.Equal(again.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal), Directory.EnumerateFileSystemEntries(Path.Combine(image.Folder, "again")).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_script_that_fails_is_named_with_its_place_its_words_and_its_status_and_what_it_left_running_holds_nothing_up()
    {
        File.WriteAllText(Path.Combine(image.Folder, "failing.yaml"), MinimalImage.Spec + "\nscripts:\n  - { run: \"sleep 600 & echo about to fail; exit 7\" }\n");
        var watch = System.Diagnostics.Stopwatch.StartNew();
        var result = Program.Run(image.Folder, "build", "failing.yaml", "--progress", "plain", "--output-dir", "failing");
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("about to fail", result.Error);
        Assert.Contains("failing.yaml:8:5 ended with exit status 7", result.Error);
        Assert.InRange(watch.Elapsed.TotalSeconds, 0, 500);
    }

    [Theory]
    [InlineData("iso: 1M", "limits.iso: the iso has")]
    [InlineData("initramfs: 1M", "limits.initramfs: the initramfs has")]
    public void A_passed_limit_fails_the_build_with_the_figure_and_leaves_nothing(string limit, string message)
    {
        File.WriteAllText(Path.Combine(image.Folder, "limited.yaml"), MinimalImage.Spec + $"\ncompression: lz4\nlimits: {{ {limit} }}\n");
        var result = Program.Run(image.Folder, "build", "limited.yaml", "--progress", "plain", "--output-dir", "limited", "--force");
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("IB5004", result.Error);
        Assert.Contains(message, result.Error);
        Assert.Equal([], Directory.EnumerateFileSystemEntries(Path.Combine(image.Folder, "limited")));
    }

    [ToolFact("unsquashfs")]
    public void The_same_tree_packs_to_the_same_bytes_as_folder_and_as_tar_with_any_number_of_jobs()
    {
        using var folder = new TempFolder();
        Tool.Run("unsquashfs", "-quiet", "-no-progress", "-dest", folder["tree"], image.Layer, "usr/lib/x86_64-linux-gnu", "etc");
        Tool.Run("tar", "--sort=name", "--numeric-owner", "-C", folder["tree"], "-cf", folder["tree.tar"], ".");
        var sums = new List<string>();
        foreach (var source in (string[])["tree", "tree.tar"])
            foreach (var jobs in (string[])["1", "2", "7"])
            {
                var packed = Program.Run(folder.Path, "squashfs", "pack", source, $"{source}-{jobs}.squashfs", "--compression", "zstd:3", "--jobs", jobs);
                Assert.True(packed.ExitCode == 0, packed.ToString());
                sums.Add(Tool.Run("sha256sum", folder[$"{source}-{jobs}.squashfs"])[..64]);
            }
        Assert.Single(sums.Distinct());
    }

    private bool IsBuiltIn(string names)
    {
        var version = Regex.Match(Tool.Run("unsquashfs", "-lc", image.Layer), "usr/lib/modules/(?<version>[^/\n]+)/modules.builtin\n", RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(5)).Groups["version"].Value;
        var builtin = Tool.Run("unsquashfs", "-cat", image.Layer, $"usr/lib/modules/{version}/modules.builtin").Split('\n').Select(line => Path.GetFileNameWithoutExtension(line).Replace('_', '-')).ToHashSet();
        return names.Replace('_', '-').Split('|').Any(builtin.Contains);
    }
}
