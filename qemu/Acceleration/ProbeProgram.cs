namespace ImageBuilder.Qemu.Acceleration;

/// <summary>The boot sector that a KVM must be able to run: <c>probe.s</c>, assembled. A test assembles it again and compares.</summary>
internal static class ProbeProgram
{
    /// <summary>QEMU's exit code when the program reached its end: isa-debug-exit turns value 42 into 2 * 42 + 1.</summary>
    public const int ExitCode = 85;

    private const int SectorSize = 512;
    private const ushort BootSignature = 0xaa55;

    private const string Code =
        "fa6631c08ed88ec08ed0bc007cfcbf0010b9000c66f3abc70600100320c70600" +
        "200330c7060030830066b8200600000f22e066b8001000000f22d866b9800000" +
        "c00f3280cc010f300f0116c07c66b8130000800f22c0ea5b7c080031c00fa283" +
        "f8077223b80700000031c90fa20fbae3087314b805000000b903000000c4e271" +
        "f7c083f8287521660f76c0660ffec0660f7ec083f8fe7510b900000010ffc975" +
        "fc66ba0105b02aeef4ebfd0f1f440000000000000000000000000000009a2000" +
        "0f00b07c";

    /// <summary>The sector's bytes.</summary>
    public static byte[] Sector()
    {
        var sector = new byte[SectorSize];
        Convert.FromHexString(Code).CopyTo(sector, 0);
        System.Buffers.Binary.BinaryPrimitives.WriteUInt16LittleEndian(sector.AsSpan(SectorSize - sizeof(ushort)), BootSignature);
        return sector;
    }
}
