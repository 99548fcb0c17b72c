using System.Security.Cryptography;
using ImageBuilder.Formats;
using ImageBuilder.Formats.Trees;
using ImageBuilder.Pipeline.Writing;

namespace ImageBuilder.Pipeline.Tests.Writing;

public class DeviceWriterTests
{
    private const int MiB = 1 << 20;
    private static readonly byte[] Image = Pattern((9 * MiB) + 2048);

    [Theory]
    [InlineData(512)]
    [InlineData(4096)]
    public void The_image_is_on_the_device_and_the_digest_is_the_images(int blockLength)
    {
        var device = new MemoryDevice(16 * MiB, blockLength);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(Image)), Write(device));
        Assert.True(device.Bytes.AsSpan(0, Image.Length).SequenceEqual(Image));
    }

    [Fact]
    public void Of_the_rest_only_the_last_megabyte_is_emptied_where_old_partition_tables_have_their_copy()
    {
        var device = new MemoryDevice(16 * MiB);
        Write(device);
        Assert.False(device.Bytes.AsSpan(Image.Length, (15 * MiB) - Image.Length).ContainsAnyExcept((byte)0xEE));
        Assert.False(device.Bytes.AsSpan(15 * MiB).ContainsAnyExcept((byte)0));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(512)]
    [InlineData(MiB)]
    public void A_device_that_is_just_large_enough_is_written_to_its_end(int more)
    {
        var device = new MemoryDevice(Image.Length + more);
        Write(device);
        Assert.True(device.Bytes.AsSpan(0, Image.Length).SequenceEqual(Image));
        Assert.False(device.Bytes.AsSpan(Image.Length).ContainsAnyExcept((byte)0));
    }

    [Fact]
    public void The_beginning_is_emptied_first_and_written_last_after_everything_else_is_safe()
    {
        var device = new MemoryDevice(16 * MiB);
        Write(device);
        Assert.Equal([0, 15 * MiB, -1, 4 * MiB, 8 * MiB, -1, 0, -1], device.Writes);
    }

    [Fact]
    public void An_interrupt_leaves_a_device_that_nothing_starts_from_and_says_so()
    {
        using var cancel = new CancellationTokenSource();
        var device = new MemoryDevice(16 * MiB) { BeforeWrite = offset => { if (offset == 4 * MiB) cancel.Cancel(); } };
        var error = Assert.Throws<WriteInterruptedException>(() => new DeviceWriter(new SilentReporter()).Run(Content.From(Image), device, "/dev/sdb", cancel.Token));
        Assert.Contains("/dev/sdb now holds neither its old content nor the image", error.Message);
        Assert.False(device.Bytes.AsSpan(0, 4 * MiB).ContainsAnyExcept((byte)0));
    }

    [Fact]
    public void A_device_that_stops_taking_data_is_named_with_the_position() =>
        AssertFails("IB5411", "/dev/sdb cannot be written at byte 8388608: Input/output error", new MemoryDevice(16 * MiB) { WriteFailsAt = 9 * MiB });

    [Fact]
    public void Data_that_never_reached_the_device_is_an_error() =>
        AssertFails("IB5411", "/dev/sdb did not store everything that was written", new MemoryDevice(16 * MiB) { FlushFails = true });

    [Fact]
    public void A_device_that_cannot_be_read_back_is_named_with_the_position() =>
        AssertFails("IB5413", "cannot be read back at byte 4194304", new MemoryDevice(16 * MiB) { ReadFailsAt = 5 * MiB });

    [Fact]
    public void A_counterfeit_device_that_has_less_room_than_it_says_is_found_out_with_the_first_byte_that_differs()
    {
        var device = new MemoryDevice(16 * MiB) { RealLength = 8 * MiB };
        var error = Assert.Throws<ImageException>(() => Write(device));
        Assert.Equal("IB5412", error.Id);
        // The block at 8 MiB landed at 0; the first block, written last, then replaced it.
        Assert.Contains($"byte {8 * MiB} is 0x{Image[0]:x2}, where 0x{Image[8 * MiB]:x2} was written; 1 of 3 blocks", error.Message);
    }

    private static void AssertFails(string id, string message, MemoryDevice device)
    {
        var error = Assert.Throws<ImageException>(() => Write(device));
        Assert.Equal(id, error.Id);
        Assert.Contains(message, error.Message);
    }

    private static string Write(MemoryDevice device) => new DeviceWriter(new SilentReporter()).Run(Content.From(Image), device, "/dev/sdb", CancellationToken.None);

    // Another byte in every place of every block, so that swapped blocks are seen.
    private static byte[] Pattern(int length) => [.. Enumerable.Range(0, length).Select(i => (byte)((i * 31) ^ (i >> 8) ^ (i >> 20)))];
}
