using System.Security.Cryptography;
using ImageBuilder.Formats.Compression;

namespace ImageBuilder.Formats.Tests.Compression;

/// <summary>Streams of the compressors' own programs.</summary>
public class DecompressorTests
{
    public static TheoryData<string, string> Programs => new() { { "gzip", "Gzip" }, { "xz", "Xz" }, { "zstd", "Zstd" } };

    [ToolTheory("gzip", "xz", "zstd"), MemberData(nameof(Programs))]
    public void What_a_program_compressed_is_recognised_and_read_back_several_files_in_a_row_too(string program, string format)
    {
        using var folder = new TempFolder();
        byte[] first = Data(3_000_000), second = Data(17);
        var compressed = new MemoryStream();
        foreach (var part in (byte[][])[first, second])
        {
            File.WriteAllBytes(folder["part"], part);
            Tool.Run("sh", "-c", $"{program} -q -c {folder["part"]} > {folder["packed"]}");
            compressed.Write(File.ReadAllBytes(folder["packed"]));
        }
        Assert.Equal(Enum.Parse<CompressionFormat>(format), Decompressor.Recognise(compressed.ToArray()));
        Assert.Equal([.. first, .. second], Read(format, compressed.ToArray(), 1000));
    }

    [ToolTheory("gzip", "xz", "zstd"), MemberData(nameof(Programs))]
    public void Damage_and_a_missing_end_are_errors_and_nothing_else(string program, string format)
    {
        using var folder = new TempFolder();
        File.WriteAllBytes(folder["part"], Data(50_000));
        Tool.Run("sh", "-c", $"{program} -q -c {folder["part"]} > {folder["packed"]}");
        var packed = File.ReadAllBytes(folder["packed"]);
        Assert.Equal("IB2103", Assert.Throws<ImageException>(() => Read(format, packed[..^100], 1 << 16)).Id);
        for (var at = 10; at < packed.Length; at += 997)
        {
            var damaged = (byte[])packed.Clone();
            damaged[at] ^= 0x55;
            try
            {
                Read(format, damaged, 1 << 16);
            }
            catch (ImageException error)
            {
                Assert.StartsWith("IB210", error.Id);
            }
        }
    }

    [ToolTheory("gzip", "xz", "zstd"), MemberData(nameof(Programs))]
    public void Memory_does_not_grow_with_what_is_unpacked(string program, string format)
    {
        using var folder = new TempFolder();
        Tool.Run("sh", "-c", $"head -c 300000000 /dev/zero | {program} -q -c > {folder["bomb"]}");
        using var input = File.OpenRead(folder["bomb"]);
        using var stream = Decompressor.Open(Enum.Parse<CompressionFormat>(format), input);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var buffer = new byte[1 << 16];
        long total = 0;
        for (int count; (count = stream.Read(buffer)) > 0;)
            total += count;
        Assert.Equal(300_000_000, total);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 2 << 20);
    }

    private static byte[] Read(string format, byte[] data, int chunk)
    {
        using var stream = Decompressor.Open(Enum.Parse<CompressionFormat>(format), new MemoryStream(data));
        var output = new MemoryStream();
        stream.CopyTo(output, chunk);
        return output.ToArray();
    }

    /// <summary>Bytes that compress a little: half of them zeros.</summary>
    private static byte[] Data(int length)
    {
        var data = new byte[length];
        for (var at = 0; at < length; at += 64)
            SHA256.HashData(BitConverter.GetBytes(at)).AsSpan(0, Math.Min(32, length - at)).CopyTo(data.AsSpan(at));
        return data;
    }
}
