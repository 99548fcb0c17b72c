using System.Buffers.Binary;
using System.Security.Cryptography;
using ImageBuilder.Formats;
using ImageBuilder.Formats.Fat;
using ImageBuilder.Formats.Gpt;
using ImageBuilder.Formats.Trees;
using ImageBuilder.Pipeline.Images.BootLoader;
using ImageBuilder.Pipeline.Plan;
using ImageBuilder.Pipeline.Running;
using ImageBuilder.Update.Data;
using ImageBuilder.Update.Slots;
using ImageBuilder.Update.Stacks;
using ImageBuilder.Update.State;

namespace ImageBuilder.Pipeline.Images.Disk;

/// <summary>An appliance's disk: boot loader, boot sets, state record, factory stack, and an empty data partition. FORMAT.md has the layout.</summary>
internal sealed class DiskImage(ImageParts parts, string workFolder, IBuildReporter reporter)
{
    /// <summary>The kernel's path in a boot set and on the EFI system partition.</summary>
    public const string KernelPath = "/vmlinuz";

    /// <summary>The initramfs's path there.</summary>
    public const string InitramfsPath = "/initramfs.img";

    /// <summary>The path there of the words for the kernel, one line; the boot loader adds those that name disk and slot.</summary>
    public const string CommandLinePath = "/cmdline";

    /// <summary>The boot menu's path on the EFI system partition.</summary>
    public const string MenuPath = "/boot/grub/grub.cfg";

    private const int SectorSize = 512; // of a disk that a BIOS starts
    private const int EspClusterSize = 1024, BootSetClusterSize = 4096;

    // boot.img: where the sector of the core image is named, and the jump that a hard disk does without (GRUB, include/grub/i386/pc/boot.h).
    private const int CoreSectorOffset = 0x5C, DriveCheckOffset = 0x66;

    // diskboot.img, a core image's first sector, ends with a list of where the rest lies: first sector u64, sectors u16, segment u16.
    private const int BlockListOffset = SectorSize - 12;

    /// <summary>Writes the disk into the work folder.</summary>
    /// <exception cref="ImageException">A part is missing, or a limit or the size of the spec is too small. IB5123: the boot loader has no room.</exception>
    public MadeImage Make(CancellationToken cancel)
    {
        var plan = parts.Plan;
        var bootSet = Image(FatImage.Layout(BootSet(), BootSetOptions(plan.Disk.SectorSize)), cancel);
        var system = FactoryPartition.LayOut(parts.Stack(new StackBlob(Convert.ToHexStringLower(SHA256.HashData(bootSet)), bootSet.Length)));
        var layout = DiskLayout.Of(plan.Disk.Size, plan.Disk.SectorSize, bootSet.Length, system.Length, plan.Reserve ?? system.Length);
        SizeLimit.Check("disk", plan.Limits.Disk, layout.Size);
        using var step = reporter.Begin("disk");
        var path = Path.Combine(workFolder, "disk.img");
        Write(path, layout, bootSet, system, step, cancel);
        step.Complete($"{ByteSize.Short(layout.Size)}, sectors of {layout.SectorSize} bytes, stack {system.Manifest.Id.ToString()[..16]}");
        return new MadeImage(OutputKind.Disk, path, [.. system.Offsets.Select(offset => $"{FactoryPartition.Label}, byte {offset}")],
            $"{DiskLayout.BootA}:{KernelPath}", $"{DiskLayout.BootA}:{InitramfsPath}", GrubMenu.DiskCommandLine(plan) + " ib.slot=a");
    }

    private void Write(string path, DiskLayout layout, byte[] bootSet, FactoryPartition system, IBuildStep step, CancellationToken cancel)
    {
        var identity = parts.Identity;
        var table = layout.Table(purpose => identity.Guid($"disk {purpose}"));
        var (esp, places) = Esp(layout, cancel);
        var pieces = new List<(long Offset, Content Content)>
        {
            (layout.SectorSize, Content.From(table.WritePrimary())),
            (layout[DiskLayout.Esp].Offset, Content.From(esp)),
            (layout[DiskLayout.BootA].Offset, Content.From(bootSet)),
            (layout[DiskLayout.BootB].Offset, Content.From(bootSet)),
            (layout[FactoryPartition.Label].Offset, Content.From(system.Head())),
            ((long)table.BackupLba * layout.SectorSize, Content.From(table.WriteBackup())),
        };
        var bootCode = layout.HasBios ? AddBios(pieces, layout, cancel) : [];
        pieces.Add((0, Content.From(Mbr.Write(bootCode, identity.Serial, [Mbr.Protective((ulong)(layout.Size / layout.SectorSize))]))));
        var record = StateRecord.AsShipped(system.Manifest.Id);
        for (var copy = 0; copy < IStateCopies.Count; copy++)
            pieces.Add((layout[PartitionCopies.Label].Offset + copy * PartitionCopies.Distance, Content.From((record with { Sequence = (ulong)copy + 1 }).ToBytes())));
        foreach (var offset in HintPlaces.Offsets)
            pieces.Add((layout[PartitionCopies.Label].Offset + offset, Content.From(places.ToBytes())));
        foreach (var (offset, layer) in system.Offsets.Zip(parts.Layers))
            pieces.Add((layout[FactoryPartition.Label].Offset + offset, layer.Content));

        var (done, total) = (0L, pieces.Sum(piece => piece.Content.Length));
        using (var file = new SparseFile(path, layout.Size))
        {
            foreach (var (offset, content) in pieces.OrderBy(piece => piece.Offset))
                file.Write(offset, content, written => step.Progress(done += written, total), cancel);
        }
        var data = layout[DataLayout.Label];
        DataFileSystem.Make(path, data.Offset, data.Length, identity.Guid("disk data"), identity.Guid("disk data hash seed"), parts.Epoch, cancel);
        SparseFile.FlushToDisk(path);
    }

    /// <summary>The core image in the BIOS boot partition; returns the boot code that loads it.</summary>
    private byte[] AddBios(List<(long Offset, Content Content)> pieces, DiskLayout layout, CancellationToken cancel)
    {
        var room = layout[DiskLayout.Bios];
        var core = parts.Grub.MakeDiskImage(layout.NumberOf(DiskLayout.Esp), workFolder, cancel).ToArray();
        if (core.Length > room.Length)
            throw new ImageException(ImageErrorKind.LimitExceeded, "IB5123", $"boot loader: GRUB's core image has {core.Length} bytes, and its partition {room.Length}: the suite's GRUB is larger than any known");
        var sector = (ulong)room.Offset / SectorSize;
        BinaryPrimitives.WriteUInt64LittleEndian(core.AsSpan(BlockListOffset), sector + 1);
        pieces.Add((room.Offset, Content.From(core)));
        var code = parts.Grub.DiskBootCode.ToArray();
        BinaryPrimitives.WriteUInt64LittleEndian(code.AsSpan(CoreSectorOffset), sector);
        code.AsSpan(DriveCheckOffset, 2).Fill(0x90); // no operation: some BIOSes name a wrong drive, and the code behind puts that right
        return code;
    }

    private Tree BootSet()
    {
        var tree = new Tree();
        AddBootSet(tree);
        return tree;
    }

    /// <summary>Nothing of the other parts is in a boot set: while kernel, initramfs and command line stay, an update does not fetch it again.</summary>
    private FatOptions BootSetOptions(int sectorSize)
    {
        var digest = SHA256.HashData([.. Sha256Digest.BytesOf(parts.Kernel.File.Content), .. SHA256.HashData(parts.Initramfs)]);
        return new FatOptions { VolumeLabel = "IB-BOOT", VolumeId = BinaryPrimitives.ReadUInt32LittleEndian(digest), Time = DateTimeOffset.UnixEpoch, SectorSize = sectorSize, ClusterSize = BootSetClusterSize };
    }

    private (byte[] Image, HintPlaces Places) Esp(DiskLayout layout, CancellationToken cancel)
    {
        var tree = parts.Grub.DiskEfiTree(parts.Epoch.ToUnixTimeSeconds());
        AddBootSet(tree);
        tree.Put(parts.Grub.DiskMenuFolder + "/grub.cfg", Node.File($"configfile ($root){MenuPath}\n"));
        tree.Put(MenuPath, Node.File(GrubMenu.Disk(parts.Plan, layout.NumberOf(DiskLayout.BootA), layout.NumberOf(DiskLayout.BootB))));
        Node[] hints = [.. ((byte[][])[HintFile.Write(HintFile.Default, Slot.A), HintFile.Write(HintFile.Default, Slot.A), HintFile.Write(HintFile.Once, null)]).Select(bytes => Node.File(Content.From(bytes)))];
        foreach (var (hint, hintPath) in hints.Zip(HintPlaces.Paths))
            tree.Put(hintPath, hint);
        var part = layout[DiskLayout.Esp];
        foreach (var (_, node) in tree.Walk())
            node.ModifiedTime = parts.Epoch.ToUnixTimeSeconds();
        var image = FatImage.Layout(tree, new FatOptions
        {
            VolumeLabel = "EFI",
            VolumeId = parts.Identity.Serial,
            Time = parts.Epoch,
            Type = FatType.Fat32,
            Size = part.Length,
            SectorSize = layout.SectorSize,
            ClusterSize = Math.Max(EspClusterSize, layout.SectorSize),
            HiddenSectors = (uint)(part.Offset / layout.SectorSize),
        });
        return (Image(image, cancel), new HintPlaces(parts.Identity.Serial, image.OffsetOf(hints[0]), image.OffsetOf(hints[1]), image.OffsetOf(hints[2])));
    }

    private void AddBootSet(Tree tree)
    {
        tree.Put(KernelPath, Node.File(parts.Kernel.File.Content));
        tree.Put(InitramfsPath, Node.File(Content.From(parts.Initramfs)));
        tree.Put(CommandLinePath, Node.File(GrubMenu.DiskCommandLine(parts.Plan) + "\n"));
        tree.Put(GrubMenu.BootSetScript, Node.File(GrubMenu.BootSet(parts.Plan, KernelPath, InitramfsPath)));
    }

    private static byte[] Image(FatImage layout, CancellationToken cancel)
    {
        using var image = new MemoryStream();
        layout.Write(image, cancel);
        return image.ToArray();
    }
}
