using ImageBuilder.Formats.Compression;

namespace ImageBuilder.Formats.Tests.Compression;

public class DecompressionTests
{
    private static readonly byte[] Sample = [.. Enumerable.Range(0, 300_000).Select(i => (byte)(i * i >> 7))];

    public static TheoryData<string> Programs => ["zstd", "xz", "gzip"];

    private static byte[] Decompress(string program, byte[] data, long maxOutput = 1 << 20) => program switch
    {
        "zstd" => Zstd.Decompress(data, maxOutput),
        "xz" => Xz.Decompress(data, maxOutput),
        _ => Gzip.Decompress(data, maxOutput),
    };

    /// <summary>What the program itself makes of the data.</summary>
    private static byte[] Compressed(string program, byte[] data)
    {
        using var folder = new TempFolder();
        File.WriteAllBytes(folder["data"], data);
        Tool.Run("sh", "-c", $"{program} -c '{folder["data"]}' > '{folder["out"]}'");
        return File.ReadAllBytes(folder["out"]);
    }

    [ToolTheory("zstd", "xz", "gzip")]
    [MemberData(nameof(Programs))]
    public void What_the_program_compressed_comes_back(string program) => Assert.Equal(Sample, Decompress(program, Compressed(program, Sample)));

    [ToolTheory("zstd", "xz", "gzip")]
    [MemberData(nameof(Programs))]
    public void Nothing_compressed_comes_back_as_nothing(string program) => Assert.Empty(Decompress(program, Compressed(program, [])));

    [ToolTheory("zstd", "xz", "gzip")]
    [MemberData(nameof(Programs))]
    public void Concatenated_parts_come_back_as_one(string program)
    {
        var part = Compressed(program, Sample);
        Assert.Equal([.. Sample, .. Sample], Decompress(program, [.. part, .. part]));
    }

    [ToolTheory("zstd", "xz", "gzip")]
    [MemberData(nameof(Programs))]
    public void The_cap_on_the_output_is_exact(string program)
    {
        var data = Compressed(program, Sample);
        Assert.Equal(Sample.Length, Decompress(program, data, Sample.Length).Length);
        Assert.Equal("IB2104", Assert.Throws<ImageException>(() => Decompress(program, data, Sample.Length - 1)).Id);
    }

    [ToolTheory("zstd", "xz", "gzip")]
    [MemberData(nameof(Programs))]
    public void Data_cut_off_anywhere_is_refused(string program)
    {
        var data = Compressed(program, Sample);
        foreach (var length in new[] { 1, 10, data.Length / 2, data.Length - 1 })
            Assert.Equal("IB2103", Assert.Throws<ImageException>(() => Decompress(program, data[..length])).Id);
    }

    [ToolTheory("zstd", "xz", "gzip")]
    [MemberData(nameof(Programs))]
    public void Damaged_data_is_refused(string program)
    {
        var data = Compressed(program, Sample);
        data[data.Length / 2] ^= 0x55;
        Assert.Equal("IB2103", Assert.Throws<ImageException>(() => Decompress(program, data)).Id);
    }

    [ToolFact("zstd")]
    public void The_zstd_program_reads_what_Zstd_compresses()
    {
        using var folder = new TempFolder();
        foreach (var level in new[] { Zstd.MinLevel, 19, Zstd.MaxLevel })
        {
            File.WriteAllBytes(folder["data.zst"], Zstd.Compress(Sample, level));
            Tool.Run("zstd", "-d", "-q", "-f", "--ultra", folder["data.zst"], "-o", folder["data"]);
            Assert.Equal(Sample, File.ReadAllBytes(folder["data"]));
        }
    }

    [Fact]
    public void A_higher_level_gives_fewer_bytes() => Assert.True(Zstd.Compress(Sample, 19).Length < Zstd.Compress(Sample, 1).Length);

    [Fact]
    public void A_level_out_of_range_is_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => Zstd.Compress(Sample, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => Zstd.Compress(Sample, 23));
    }

    [Fact]
    public void Versions_are_dotted_numbers()
    {
        Assert.Equal(3, Version.Parse(Zstd.Version).ToString().Split('.').Length);
        Assert.StartsWith("5.", Xz.Version, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_library_is_an_error_that_names_the_package()
    {
        var error = Assert.Throws<ImageException>(() => Formats.Compression.Interop.SharedLibrary.Require("libmissing.so.9", "libmissing9"));
        Assert.Equal("IB2101", error.Id);
        Assert.Contains("install the package libmissing9", error.Message, StringComparison.Ordinal);
    }
}
