using System.Buffers.Binary;
using System.Security.Cryptography;
using ImageBuilder.Update.Slots;
using ImageBuilder.Update.Stacks;
using ImageBuilder.Update.State;

namespace ImageBuilder.Agent.Tests.Updates;

/// <summary>
/// A disk with slots, as the builder lays it out: boot sets, state record, hints, the factory stack, and an ext4 for data. Each partition is a loop device of its own, and a folder stands
/// for sysfs, which says so: not every kernel makes partitions of a loop device. Layers are noise: nothing here is booted. Needs root.
/// </summary>
internal sealed class SlotDisk : IDisposable
{
    private const long MiB = 1 << 20;

    // The first byte of each of the EFI system partition's hints; its boot sector has the serial number.
    private const int Serial = 67, FirstHint = 4096, HintDistance = 4096;
    private static readonly string[] Labels = ["esp", "ib-boot-a", "ib-boot-b", PartitionCopies.Label, FactoryPartition.Label, "ib-data"];
    private readonly List<string> loops = [];

    /// <param name="folder">Where its files may lie.</param>
    /// <param name="dataMiB">Of the data partition.</param>
    public SlotDisk(string folder, int dataMiB)
    {
        Directory.CreateDirectory(folder);
        Sysfs = Path.Combine(folder, "sys");
        try
        {
            Fill(folder, dataMiB);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    private void Fill(string folder, int dataMiB)
    {
        int[] sizes = [2, 4, 4, 1, 8, dataMiB];
        for (var i = 0; i < Labels.Length; i++)
        {
            var file = Path.Combine(folder, Labels[i]);
            using (var stream = File.Create(file))
                stream.SetLength(sizes[i] * MiB);
            loops.Add(Tool.Run("losetup", "--find", "--show", file).Trim());
            var part = Directory.CreateDirectory($"{Sysfs}/class/block/disk/{Path.GetFileName(loops[i])}").FullName;
            File.WriteAllText(part + "/uevent", $"DEVTYPE=partition\nPARTNAME={Labels[i]}\n");
        }
        var random = new Random(3);
        byte[] Noise(int length)
        {
            var bytes = new byte[length];
            random.NextBytes(bytes);
            return bytes;
        }
        var (top, below, boot) = (Noise(300_000), Noise(2_000_001), Noise(1_500_000));
        Factory = new StackManifest { Name = "appliance", Version = "1.0.0", Layers = [BlobOf(top), BlobOf(below)], Boot = BlobOf(boot) };
        var partition = FactoryPartition.LayOut(Factory);
        Put(FactoryPartition.Label, 0, partition.Head());
        Put(FactoryPartition.Label, partition.Offsets[0], top);
        Put(FactoryPartition.Label, partition.Offsets[1], below);
        Put("ib-boot-a", 0, boot);
        Put("ib-boot-b", 0, boot);
        var record = StateRecord.AsShipped(Factory.Id).ToBytes();
        Put(PartitionCopies.Label, 0, record);
        Put(PartitionCopies.Label, PartitionCopies.Distance, record);
        var places = new HintPlaces(0x12345678, FirstHint, FirstHint + HintDistance, FirstHint + 2 * HintDistance);
        foreach (var offset in HintPlaces.Offsets)
            Put(PartitionCopies.Label, offset, places.ToBytes());
        var serial = new byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(serial, places.Volume);
        Put("esp", Serial, serial);
        Put("esp", places.FirstDefault, HintFile.Write(HintFile.Default, Slot.A));
        Put("esp", places.SecondDefault, HintFile.Write(HintFile.Default, Slot.A));
        Put("esp", places.Once, HintFile.Write(HintFile.Once, null));
        Tool.Run("mke2fs", "-q", "-t", "ext4", "-m", "0", "-L", "ib-data", DataDevice);
    }

    /// <summary>The stack that it was shipped with.</summary>
    public StackManifest Factory { get; private set; } = null!;

    /// <summary>What stands for /sys.</summary>
    public string Sysfs { get; }

    public string DataDevice => PathOf("ib-data");

    /// <summary>The device file of a partition.</summary>
    public string PathOf(string label) => loops[Array.IndexOf(Labels, label)];

    /// <summary>What the boot loader tries the next time.</summary>
    public string Once => Hint(FirstHint + 2 * HintDistance, HintFile.Once);

    /// <summary>What the boot loader starts else; both copies.</summary>
    public (string First, string Second) Default => (Hint(FirstHint, HintFile.Default), Hint(FirstHint + HintDistance, HintFile.Default));

    public byte[] Read(string label, long offset, int length)
    {
        using var file = File.OpenHandle(PathOf(label));
        var bytes = new byte[length];
        Assert.Equal(length, RandomAccess.Read(file, bytes, offset));
        return bytes;
    }

    /// <summary>Writes to a partition, behind everybody's back.</summary>
    public void Put(string label, long offset, byte[] bytes)
    {
        using var file = File.OpenHandle(PathOf(label), FileMode.Open, FileAccess.ReadWrite);
        RandomAccess.Write(file, bytes, offset);
        RandomAccess.FlushToDisk(file);
    }

    /// <summary>The digest of what a partition begins with.</summary>
    public string Digest(string label, long length) => Convert.ToHexStringLower(SHA256.HashData(Read(label, 0, (int)length)));

    public void Dispose()
    {
        foreach (var loop in loops)
            Tool.TryRun("losetup", "--detach", loop);
    }

    private string Hint(long offset, string name) => HintFile.TryRead(Read("esp", offset, HintFile.Length), name, out var slot) ? slot?.ToString() ?? "none" : "damaged";

    private static StackBlob BlobOf(byte[] bytes) => new(Convert.ToHexStringLower(SHA256.HashData(bytes)), bytes.Length);
}
