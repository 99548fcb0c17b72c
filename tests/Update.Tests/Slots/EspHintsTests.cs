using System.Buffers.Binary;
using ImageBuilder.Linux.Blocks;
using ImageBuilder.Update.Slots;
using ImageBuilder.Update.State;
using ImageBuilder.Update.Tests.Model;

namespace ImageBuilder.Update.Tests.Slots;

/// <summary>GRUB's files on the EFI system partition, through the device, with sectors of both sizes.</summary>
public class EspHintsTests
{
    private const uint Volume = 0x1234ABCD;
    private static readonly HintPlaces Places = new(Volume, 40960, 49152, 57344);

    [Theory, InlineData(512), InlineData(4096)]
    public void Hints_are_written_in_place_and_nothing_beside_them(int sector)
    {
        var (state, esp) = Disks(sector);
        var before = Bytes(esp);
        var hints = EspHints.Open(state, esp);
        Assert.Equal((Slot.A, null, 0), Reading(hints));
        hints.SetOnce(Slot.B);
        hints.SetDefault(Slot.Factory);
        Assert.Equal((Slot.Factory, Slot.B, 0), Reading(hints));
        hints.SetOnce(null);
        hints.SetDefault(Slot.A);
        Assert.Equal(before, Bytes(esp));
    }

    [Fact]
    public void One_damaged_copy_of_the_default_does_no_harm_and_is_noticed()
    {
        foreach (var place in (long[])[Places.FirstDefault, Places.SecondDefault])
        {
            var (state, esp) = Disks(512);
            esp.Write(place, new byte[HintFile.Length]);
            Assert.Equal((Slot.A, null, 1), Reading(EspHints.Open(state, esp)));
        }
        var (lost, both) = Disks(512);
        both.Write(Places.FirstDefault, new byte[HintFile.Length]);
        both.Write(Places.SecondDefault, new byte[HintFile.Length]);
        both.Write(Places.Once, new byte[HintFile.Length]);
        var reading = EspHints.Open(lost, both).Load();
        Assert.Equal((null, null, 3, true), (reading.Default, reading.Once, reading.Faults.Count, reading.IsOnceUnknown));
        EspHints.Open(lost, both).SetDefault(Slot.B);
        Assert.Equal(Slot.B, EspHints.Open(lost, both).Load().Default);
    }

    [Fact]
    public void The_second_copy_of_the_table_is_used_and_another_file_system_is_never_written_to()
    {
        var (state, esp) = Disks(512);
        state.Write(HintPlaces.Offsets[0], new byte[HintPlaces.Length]);
        Assert.Equal(Slot.A, EspHints.Open(state, esp).Load().Default);
        state.Write(HintPlaces.Offsets[1], new byte[HintPlaces.Length]);
        Assert.IsType<LostHints>(EspHints.Open(state, esp));

        (state, esp) = Disks(512);
        esp.Write(0, new byte[512]);
        var hints = EspHints.Open(state, esp);
        Assert.Throws<IOException>(() => hints.SetDefault(Slot.B));
        Assert.True(hints.Load().IsOnceUnknown);
    }

    [Fact]
    public void Every_flipped_bit_of_the_table_is_noticed()
    {
        var bytes = Places.ToBytes();
        Assert.Equal(Places, HintPlaces.TryParse(bytes));
        for (var bit = 0; bit < bytes.Length * 8; bit++)
        {
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.Null(HintPlaces.TryParse(bytes));
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
        }
    }

    [ToolFact("grub-editenv")]
    public void GRUBs_own_tool_reads_the_files_and_leaves_the_same_bytes()
    {
        using var folder = new TempFolder();
        File.WriteAllBytes(folder["once"], HintFile.Write(HintFile.Once, Slot.B));
        Assert.Equal("ib_once=b\n", Tool.Run("grub-editenv", folder["once"], "list"));
        Tool.Run("grub-editenv", folder["once"], "set", "ib_once=");
        Assert.Equal(HintFile.Write(HintFile.Once, null), File.ReadAllBytes(folder["once"]));
        Tool.Run("grub-editenv", folder["once"], "set", "ib_once=factory");
        Assert.True(HintFile.TryRead(File.ReadAllBytes(folder["once"]), HintFile.Once, out var slot));
        Assert.Equal(Slot.Factory, slot);
    }

    private static (Slot? Default, Slot? Once, int Faults) Reading(IBootHints hints) => (hints.Load().Default, hints.Load().Once, hints.Load().Faults.Count);

    private static (IRawDevice State, IRawDevice Esp) Disks(int sector)
    {
        var state = new ModelDisk(new World(new Model.State()), PartitionCopies.PartitionLength);
        foreach (var offset in HintPlaces.Offsets)
            state.Write(offset, Places.ToBytes());
        var esp = new ModelDisk(new World(new Model.State()), 1 << 20, sector);
        var block = new byte[sector];
        BinaryPrimitives.WriteUInt32LittleEndian(block.AsSpan(67), Volume);
        esp.Write(0, block);
        foreach (var (place, name, slot) in ((long, string, Slot?)[])[(Places.FirstDefault, HintFile.Default, Slot.A), (Places.SecondDefault, HintFile.Default, Slot.A), (Places.Once, HintFile.Once, null)])
        {
            block.AsSpan().Fill(0x5a); // what else is in the sector stays
            HintFile.Write(name, slot).CopyTo(block, 0);
            esp.Write(place, block);
        }
        return (state, esp);
    }

    private static byte[] Bytes(IRawDevice disk)
    {
        var bytes = new byte[disk.Length];
        disk.Read(0, bytes);
        return bytes;
    }
}
