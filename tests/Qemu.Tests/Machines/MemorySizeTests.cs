using ImageBuilder.Qemu.Machines;

namespace ImageBuilder.Qemu.Tests.Machines;

public sealed class MemorySizeTests
{
    [Theory]
    [InlineData("1G", 1024)]
    [InlineData("1.5g", 1536)]
    [InlineData("768M", 768)]
    [InlineData("512", 512)]
    public void Sizes_are_read_as_QEMU_reads_them(string text, int mebibytes)
    {
        Assert.True(MemorySize.TryParse(text, out var size));
        Assert.Equal(mebibytes, size.Mebibytes);
    }

    [Theory]
    [InlineData("")]
    [InlineData("G")]
    [InlineData("-1G")]
    [InlineData("63M")]
    [InlineData("1T")]
    [InlineData("99999999G")]
    public void What_is_no_size_of_a_machine_is_refused(string text) => Assert.False(MemorySize.TryParse(text, out _));
}
