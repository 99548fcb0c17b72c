using System.Buffers.Binary;
using System.Globalization;
using ImageBuilder.Formats;
using ImageBuilder.Linux.Blocks;
using ImageBuilder.Pipeline.Caching;
using ImageBuilder.Pipeline.Inspection;
using ImageBuilder.Pipeline.Inspection.Reports;
using ImageBuilder.Pipeline.Plan;
using ImageBuilder.Update.Slots;
using ImageBuilder.Update.State;

namespace ImageBuilder.Pipeline.Tests.Images.Disk;

public class DiskImageTests
{
    private static readonly string[] Names = ["bios", "esp", "ib-boot-a", "ib-boot-b", "ib-state", "ib-system", "ib-data"];

    [ToolTheory("fdisk", "sfdisk", "sgdisk", "fsck.fat", "mdir", "e2fsck", "dumpe2fs", "dd", "mke2fs", "grub-mkimage", SampleDisk.HostGrub)]
    [InlineData(512)]
    [InlineData(4096)]
    public void Foreign_tools_find_nothing_wrong_with_any_partition(int sectorSize)
    {
        using var folder = new TempFolder();
        var disk = SampleDisk.Make(folder["a"], SampleDisk.Plan(sectorSize));
        var sectors = sectorSize.ToString(CultureInfo.InvariantCulture);
        if (sectorSize == 512)
        {
            Assert.Contains("No errors detected", Tool.Run("sfdisk", "--verify", disk), StringComparison.Ordinal);
            Assert.Contains("No problems found", Tool.Run("sgdisk", "-v", disk), StringComparison.Ordinal);
        }
        // sgdisk and older sfdisk know only sectors of 512 bytes in files.
        var (_, table, complaints) = Tool.TryRun("fdisk", "-b", sectors, "-l", "-o", "Start,Sectors,Type-UUID,Name", disk);
        Assert.Equal("", complaints);
        var partitions = table.Split('\n').Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)).Where(words => words.Length == 4 && long.TryParse(words[0], out _)).ToList();
        Assert.Equal(sectorSize == 512 ? Names : Names[1..], partitions.Select(part => part[3]));
        Assert.Equal("C12A7328-F81F-11D2-BA4B-00A0C93EC93B", partitions.Single(part => part[3] == "esp")[2]);

        foreach (var name in (string[])["esp", "ib-boot-a", "ib-boot-b"])
            Tool.Run("fsck.fat", "-n", Extract(name));
        Assert.Equal(["boot.cfg", "cmdline", "initramfs.img", "vmlinuz"], Files(folder["ib-boot-b"]).Order(StringComparer.Ordinal));
        Assert.Superset(new HashSet<string> { "EFI/BOOT/BOOTX64.EFI", "EFI/BOOT/grubx64.efi", "EFI/debian/grub.cfg", "boot/grub/grub.cfg", "vmlinuz", "initramfs.img" }, Files(folder["esp"]).ToHashSet());
        CheckHints(Extract("ib-state"), folder["esp"]);
        Tool.Run("e2fsck", "-fn", Extract("ib-data"));
        var facts = Tool.Run("dumpe2fs", "-h", folder["ib-data"]);
        var length = long.Parse(partitions.Single(part => part[3] == "ib-data")[1], CultureInfo.InvariantCulture) * sectorSize;
        Assert.InRange(length, 257L << 20, 270L << 20);
        foreach (var fact in (string[])[@"volume name:\s+ib-data", "metadata_csum_seed", "quota.*project", @"Block size:\s+4096", $@"Block count:\s+{length / 4096}\b", @"Total journal size:\s+64M", "created:.*2023"])
            Assert.Matches(fact, facts);

        string Extract(string name)
        {
            var part = partitions.Single(part => part[3] == name);
            Tool.Run("dd", $"if={disk}", $"of={folder[name]}", $"bs={sectors}", $"skip={part[0]}", $"count={part[1]}", "conv=sparse", "status=none");
            return folder[name];
        }

        static IEnumerable<string> Files(string image) =>
            Tool.Run("mdir", "-b", "-/", "-i", image, "::").Split('\n').Where(line => line.Length > 0 && !line.EndsWith('/')).Select(line => line["::/".Length..]);
    }

    // What mtools reads by the file system is what is written by the table; nothing else of the file system changes.
    private static void CheckHints(string state, string esp)
    {
        using (var stateDevice = RawDevice.Open(state, isBlockDevice: false))
        using (var espDevice = RawDevice.Open(esp, isBlockDevice: false))
        {
            var hints = EspHints.Open(stateDevice, espDevice);
            Assert.Equal((Slot.A, null), (hints.Load().Default, hints.Load().Once));
            Assert.Empty(hints.Load().Faults);
            hints.SetDefault(Slot.B);
            hints.SetOnce(Slot.Factory);
        }
        foreach (var (path, slot, name) in HintPlaces.Paths.Zip((Slot[])[Slot.B, Slot.B, Slot.Factory], (string[])[HintFile.Default, HintFile.Default, HintFile.Once]))
            Assert.Equal(System.Text.Encoding.ASCII.GetString(HintFile.Write(name, slot)), Tool.Run("mtype", "-i", esp, "::" + path));
        Tool.Run("fsck.fat", "-n", esp);
    }

    [ToolFact("mke2fs", "grub-mkimage", SampleDisk.HostGrub)]
    public void The_boot_code_names_the_core_image_and_the_core_image_its_rest()
    {
        using var folder = new TempFolder();
        var bytes = new byte[2 << 20];
        using (var file = File.OpenRead(SampleDisk.Make(folder["a"], SampleDisk.Plan(512))))
            file.ReadExactly(bytes);
        var core = BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(0x5C));
        Assert.Equal(2048UL, core);
        var list = bytes.AsSpan((int)core * 512 + 500, 12);
        Assert.Equal(core + 1, BinaryPrimitives.ReadUInt64LittleEndian(list));
        var length = BinaryPrimitives.ReadUInt16LittleEndian(list[8..]);
        Assert.InRange(length, 50, 2047);
        // Nothing lies behind what the list names.
        Assert.False(bytes.AsSpan((int)(core + 1 + length) * 512).ContainsAnyExcept((byte)0));
        Assert.True(bytes.AsSpan((int)(core + length) * 512, 512).ContainsAnyExcept((byte)0));
    }

    [ToolFact("mke2fs", "grub-mkimage", SampleDisk.HostGrub, "cmp", "du")]
    public void Two_builds_are_the_same_with_any_number_of_jobs_and_what_is_zero_takes_no_space()
    {
        using var folder = new TempFolder();
        var first = SampleDisk.Make(folder["a"], SampleDisk.Plan(512));
        var second = SampleDisk.Make(folder["b"], SampleDisk.Plan(512), jobs: 3);
        Tool.Run("cmp", first, second);
        var used = long.Parse(Tool.Run("du", "-k", first).Split('\t')[0], CultureInfo.InvariantCulture) << 10;
        Assert.InRange(new FileInfo(first).Length, 480L << 20, 512L << 20);
        Assert.InRange(used, 2L << 20, 12L << 20);
    }

    [ToolFact("mke2fs", "grub-mkimage", SampleDisk.HostGrub, "cmp")]
    public void A_build_with_a_cache_empty_or_full_makes_the_same_disk_as_one_without()
    {
        using var folder = new TempFolder();
        var without = SampleDisk.Make(folder["without"], SampleDisk.Plan(512));
        foreach (var found in (long[])[0, 20]) // the blocks of the noise
        {
            using var blocks = BlockStore.TryOpen(folder["cache"], null)!;
            Tool.Run("cmp", without, SampleDisk.Make(folder[$"with {found}"], SampleDisk.Plan(512), blocks: blocks));
            Assert.InRange(blocks.Counts.Found, found, found == 0 ? 0 : blocks.Counts.Asked);
        }
    }

    [ToolFact("mke2fs")]
    public void The_size_of_the_spec_is_the_size_of_the_disk_and_the_data_partition_gets_what_is_left()
    {
        using var folder = new TempFolder();
        var disk = SampleDisk.Make(folder["a"], SampleDisk.Plan(4096, 4L << 30));
        Assert.Equal(4L << 30, new FileInfo(disk).Length);
        using var inspection = ImageInspection.Open(disk);
        var report = inspection.Explain();
        Assert.False(report.HasFaults, TextReport.Render(report, showLong: false));
        var data = report.Parts.Single(part => part.Kind == "ext");
        Assert.InRange(data.Length, 3L << 30, 4L << 30);
        Assert.Equal(data.Length / 4096, data.Facts.Single(fact => fact.Name == "blocks").Value);
        var state = report.Parts.Single(part => part.Kind == "stateRecord");
        Assert.All(state.Tables.Single(table => table.Name == "copies").Rows, row => Assert.Equal("valid", row[3]));
        var stack = report.Parts.Single(part => part.Kind == "factoryStack").Facts.Single(fact => fact.Name == "stack").Value;
        Assert.All(state.Tables.Single(table => table.Name == "slots").Rows, row => Assert.Equal(stack, row[1]));
    }

    [Theory]
    [InlineData(100L << 20, "too small")]
    [InlineData((4L << 30) + 4096, "no whole number of MiB")]
    public void A_size_that_cannot_be_is_refused_with_one_that_can(long size, string reason)
    {
        using var folder = new TempFolder();
        var error = Assert.Throws<ImageException>(() => SampleDisk.Make(folder["a"], SampleDisk.Plan(4096, size)));
        Assert.Equal("IB5122", error.Id);
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
        Assert.Matches(@"size: \d+M", error.Message);
    }

    [ToolFact("mke2fs")]
    public void A_disk_over_its_limit_is_refused()
    {
        using var folder = new TempFolder();
        var plan = SampleDisk.Plan(4096) with { Limits = new LimitsPlan(null, null, null, Disk: 100 << 20) };
        Assert.Equal("IB5004", Assert.Throws<ImageException>(() => SampleDisk.Make(folder["a"], plan)).Id);
    }

    [ToolFact("mke2fs")]
    public void The_root_the_boot_set_and_the_medium_of_a_disk_are_found()
    {
        using var folder = new TempFolder();
        var disk = SampleDisk.Make(folder["a"], SampleDisk.Plan(4096));
        using var opened = OpenedImage.Open(disk);
        Assert.True(opened.IsDisk);
        Assert.Equal("sample 1.0.0", opened.Title);
        Assert.Equal("sample\n", Samples.Text(opened.Tree, "/etc/hostname"));
        Assert.Equal("kernel", System.Text.Encoding.UTF8.GetString(opened.BootSet!.Kernel.ToArray()));
        Assert.Matches(@"^gpt panic=10 console=tty0 ib\.slot=a ib\.disk=UUID=[0-9A-F]{4}-[0-9A-F]{4}$", opened.BootSet.CommandLine);
        Assert.NotNull(opened.Medium!.Resolve("/ib-system/stack.json"));
        Assert.Equal(opened.Medium.Resolve("/esp/vmlinuz")!.Content.ToArray(), opened.Medium.Resolve("/ib-boot-b/vmlinuz")!.Content.ToArray());
    }

    [ToolFact("mke2fs")]
    public void The_check_of_the_data_partition_lies_in_the_layer_where_something_is_kept()
    {
        using var folder = new TempFolder();
        Assert.Null(Check(SampleDisk.Plan(4096)));
        var check = Check(SampleDisk.Plan(4096) with { Upper = new UpperPlan("persistent", "50%") });
        Assert.Equal("rwxr-xr-x 6", $"{Formats.Trees.UnixMode.Text(Formats.Trees.NodeKind.File, check!.Mode)[1..]} {check.Content.Length}");

        Formats.Trees.Node? Check(BuildPlan plan)
        {
            using var opened = OpenedImage.Open(SampleDisk.Make(folder[plan.Upper.Kind], plan));
            return opened.Tree.Resolve(Update.DevicePaths.FileSystemCheck);
        }
    }

    [ToolFact("mke2fs")]
    public void Where_two_disks_differ_is_told_by_partition_and_file()
    {
        using var folder = new TempFolder();
        var first = SampleDisk.Make(folder["a"], SampleDisk.Plan(4096));
        var second = folder["b.img"];
        File.Copy(first, second);
        using (var file = File.OpenHandle(second, access: FileAccess.ReadWrite))
        {
            using var opened = OpenedImage.Open(first);
            var bytes = new byte[1 << 16];
            var at = 289L << 20; // the first MiB of ib-boot-a, behind a MiB of tables and the EFI system partition
            RandomAccess.Read(file, bytes, at);
            var kernel = bytes.AsSpan().IndexOf("kernel"u8);
            Assert.True(kernel > 0);
            RandomAccess.Write(file, "K"u8, at + kernel);
        }
        var lines = FirstDifference.Between(first, second, CancellationToken.None);
        Assert.Contains(lines, line => line.Contains("(ib-boot-a), byte", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.Contains("/ib-boot-a/vmlinuz: content", StringComparison.Ordinal));
    }

    [ToolFact("mke2fs", "qemu-img", "cmp")]
    public void The_same_disk_for_QEMU_is_the_same_disk_and_the_same_file_every_time()
    {
        using var folder = new TempFolder();
        var plan = SampleDisk.Plan(4096) with { Outputs = [OutputKind.Qcow2] };
        var first = SampleDisk.Make(folder["a"], plan);
        Tool.Run("cmp", first, SampleDisk.Make(folder["b"], plan));
        Assert.Contains("identical", Tool.Run("qemu-img", "compare", "-f", "qcow2", "-F", "raw", first, SampleDisk.Make(folder["c"], SampleDisk.Plan(4096))), StringComparison.Ordinal);
    }
}
