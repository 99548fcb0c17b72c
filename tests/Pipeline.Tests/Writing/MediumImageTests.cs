using System.Text;
using ImageBuilder.Formats;
using ImageBuilder.Formats.Trees;
using ImageBuilder.Pipeline.Writing;

namespace ImageBuilder.Pipeline.Tests.Writing;

public class MediumImageTests
{
    [Theory]
    [InlineData(true, true, MediumKind.HybridIso)]
    [InlineData(true, false, MediumKind.PlainIso)]
    [InlineData(false, true, MediumKind.Disk)]
    public void Isos_and_disks_are_told_apart_by_descriptor_and_boot_signature(bool descriptor, bool signature, MediumKind expected)
    {
        var bytes = new byte[64 << 10];
        if (descriptor)
            "\u0001CD001\u0001"u8.CopyTo(bytes.AsSpan(32768));
        if (signature)
            (bytes[510], bytes[511]) = (0x55, 0xAA);
        Assert.Equal(expected, MediumImage.Identify(Content.From(bytes), "x"));
    }

    [Fact]
    public void A_GPT_without_a_boot_signature_is_a_disk()
    {
        var bytes = new byte[4096];
        "EFI PART"u8.CopyTo(bytes.AsSpan(512));
        Assert.Equal(MediumKind.Disk, MediumImage.Identify(Content.From(bytes), "x"));
    }

    [Theory]
    [InlineData("", "only 0 bytes of something else")]
    [InlineData("hello", "only 5 bytes of something else")]
    [InlineData("\u001f\u008b\u0008", "unpack it first: gunzip")]
    [InlineData("QFI\u00fb\u0000", "qemu-img convert -O raw")]
    [InlineData("hsqs", "a bare SquashFS image")]
    public void Everything_else_is_refused_with_what_it_is(string head, string expected)
    {
        var error = Assert.Throws<ImageException>(() => MediumImage.Identify(Content.From(Encoding.Latin1.GetBytes(head)), "x.iso"));
        Assert.Equal("IB5408", error.Id);
        Assert.Contains(expected, error.Message);
    }
}
