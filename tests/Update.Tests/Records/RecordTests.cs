using ImageBuilder.Formats;
using ImageBuilder.Update.Data;
using ImageBuilder.Update.Stacks;
using ImageBuilder.Update.State;

namespace ImageBuilder.Update.Tests.Records;

/// <summary>What the parts of the project say to each other through the disk.</summary>
public class RecordTests
{
    private static readonly StackId Stack = new([.. Enumerable.Range(1, StackId.Length).Select(i => (byte)i)]);

    private static readonly StateRecord Full = new()
    {
        Sequence = 7,
        Active = Slot.B,
        A = new SlotState(Stack, 3, SlotStatus.Good, 0),
        B = new SlotState(Stack, 4, SlotStatus.Trial, 2),
        FactoryUpper = 1,
        NextUpper = 9,
        Kept = [2, 8],
        Phase = InstallPhase.Armed,
        InstallOffset = 1UL << 40,
        Epoch = 5,
        Quarantined = Stack,
        Reason = "it did not come up: ü",
        ResetToken = new byte[StateRecord.TokenLength - 1].Append((byte)1).ToArray(),
        ForgetIdentity = true,
        NewestTime = 1_700_000_000,
    };

    [Fact]
    public void A_record_is_read_as_it_was_written()
    {
        var read = StateRecord.TryParse(Full.ToBytes(), out var fault);

        Assert.Null(fault);
        Assert.Equal(Full.ToBytes(), read!.ToBytes());
        Assert.Equal((Full.B, Full.Reason, Full.ForgetIdentity, Full.NewestTime), (read.B, read.Reason, read.ForgetIdentity, read.NewestTime));
        Assert.Equal(Full.Kept, read.Kept);
        Assert.Equal([3u, 4u, 1u, 2u, 8u], read.NamedUppers);
    }

    [Fact]
    public void Every_flipped_bit_of_a_record_is_noticed()
    {
        var bytes = Full.ToBytes();
        for (var bit = 0; bit < bytes.Length * 8; bit++)
        {
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.Null(StateRecord.TryParse(bytes, out var fault));
            Assert.NotNull(fault);
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
        }
        Assert.NotNull(StateRecord.TryParse(bytes, out _));
    }

    [Fact]
    public void Every_flipped_bit_of_a_factory_partitions_table_and_manifest_is_noticed()
    {
        var partition = FactoryPartition.LayOut(Manifest);
        var head = partition.Head();
        for (var bit = 0; bit < head.Length * 8; bit++)
        {
            var damaged = (byte[])head.Clone();
            damaged[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.Equal("IB6004", Assert.Throws<ImageException>(() => Read(damaged)).Id);
        }
        Assert.Equal(partition.Offsets, Read(head).Offsets);

        FactoryPartition Read(byte[] bytes) => FactoryPartition.Read((offset, buffer) => bytes.AsSpan((int)offset, buffer.Length).CopyTo(buffer), partition.Length);
    }

    [Fact]
    public void Damaged_manifests_and_settings_are_refused_and_take_no_time()
    {
        Mutations.Survive<ImageException>(Manifest.ToBytes(), 2000, 1, 1 << 20, bytes => StackManifest.Parse(bytes));
        var settings = new ImageSettings { Name = "n", Upper = "persistent", Persist = ["/home"], Writable = [("/var/log", 1 << 26)], Snapshots = 3 };
        Mutations.Survive<ImageException>(settings.ToBytes(), 2000, 2, 1 << 20, bytes => ImageSettings.Parse(bytes));
    }

    [Theory]
    [InlineData("/home", "home")]
    [InlineData("/var/lib/app", "var-lib-app")]
    [InlineData("/srv/a-b c", "srv-a\\x2db\\x20c")]
    [InlineData("/.hidden", "\\x2ehidden")]
    [InlineData("/ü", "\\xc3\\xbc")]
    [InlineData("/a\\b", "a\\x5cb")]
    public void A_path_is_one_name_and_comes_back_from_it(string path, string name)
    {
        Assert.Equal(name, DataLayout.Escape(path));
        Assert.Equal(path, DataLayout.Unescape(name));
    }

    [ToolFact("systemd-escape")]
    public void Names_are_those_of_systemd_escape() =>
        Assert.All((string[])["/home", "/var/lib/app", "/srv/a-b c", "/.hidden/.b", "/ü:_.x"], path => Assert.Equal(Tool.Run("systemd-escape", "--path", path).Trim(), DataLayout.Escape(path)));

    [Fact]
    public void A_token_is_followed_once()
    {
        Assert.True(ResetToken.IsNew(new StateRecord(), "a"));
        var after = new StateRecord { ResetToken = ResetToken.Hash("a") };
        Assert.False(ResetToken.IsNew(after, "a"));
        Assert.True(ResetToken.IsNew(after, "b"));
    }

    private static StackManifest Manifest => new() { Name = "n", Version = "1", Epoch = 2, Compatible = ["board"], Layers = [new StackBlob(new string('a', 64), 5 << 20), new StackBlob(new string('b', 64), 4096)] };
}
