namespace ImageBuilder.Linux.Tests;

public class FileReaderTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(1 << 20)]
    [InlineData((3 << 20) + 5)]
    public void A_file_arrives_whole_and_in_order(int length)
    {
        using var folder = new TempFolder();
        var bytes = new byte[length];
        new Random(length).NextBytes(bytes);
        File.WriteAllBytes(folder["f"], bytes);
        using var read = new MemoryStream();
        Assert.Equal(length, FileReader.Read(folder["f"], part => read.Write(part.Span)));
        Assert.Equal(bytes, read.ToArray());
    }

    [Fact]
    public void What_goes_wrong_with_a_part_ends_the_reading()
    {
        using var folder = new TempFolder();
        File.WriteAllBytes(folder["f"], new byte[5 << 20]);
        Assert.Throws<InvalidOperationException>(() => FileReader.Read(folder["f"], _ => throw new InvalidOperationException()));
    }
}
