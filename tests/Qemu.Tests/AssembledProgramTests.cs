using ImageBuilder.Qemu.Acceleration;
using ImageBuilder.Qemu.Tests.TinyGuest;

namespace ImageBuilder.Qemu.Tests;

public sealed class AssembledProgramTests
{
    [ToolFact("as", "ld")]
    public void The_probe_is_what_its_source_says() =>
        Assert.Equal(Assemble("qemu/Acceleration/probe.s", "--64", "elf_x86_64"), ProbeProgram.Sector());

    [ToolFact("as", "ld")]
    public void The_tiny_guest_is_what_its_source_says() =>
        Assert.Equal(Assemble("tests/Qemu.Tests/TinyGuest/tiny.s", "--32", "elf_i386"), TinyGuestImage.Sector());

    private static byte[] Assemble(string source, string bits, string format)
    {
        using var folder = new TempFolder();
        Tool.Run("as", bits, "-o", folder["object"], Repository.File(source));
        Tool.Run("ld", "-m", format, "-Ttext", "0x7c00", "--oformat", "binary", "-o", folder["sector"], folder["object"]);
        return File.ReadAllBytes(folder["sector"]);
    }
}
