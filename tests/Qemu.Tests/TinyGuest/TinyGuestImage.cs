namespace ImageBuilder.Qemu.Tests.TinyGuest;

/// <summary>A guest that boots in a second even without KVM: <c>tiny.s</c>, assembled. A test assembles it again and compares.</summary>
internal static class TinyGuestImage
{
    private const int SectorSize = 512;

    /// <summary>SeaBIOS boots no disk smaller than a cylinder (63 sectors, 16 heads). The second sector holds the number of boots.</summary>
    private const int DiskSize = 1024 * 1024;

    private const string Code =
        "31c08ed88ec08ed0bc007c8816bd7cb442e85800fe06007eb443e84f00be9d7c" +
        "e85300a0007e0430e85600beb37ce84500beb67ce83f00e856003c21741e3c2e" +
        "74203c0d740e3c61720224dfe83200e83e00ebeebeb37ce81c00ebd5b0fee664" +
        "eb07ba0406b80020eff4ebfd8a16bd7cbec07ccd13c3ac84c07405e80300ebf6" +
        "c350bafd03eca82074fb58baf803eec3bafd03eca80174fbbaf803ecc31b5b31" +
        "3b33326d74696e791b5b306d20626f6f7420000d0a0074696e793e2000006690" +
        "10000100007e000001";

    public static byte[] Sector()
    {
        var sector = new byte[SectorSize];
        Convert.FromHexString(Code).CopyTo(sector, 0);
        (sector[^2], sector[^1]) = (0x55, 0xaa);
        return sector;
    }

    public static void Write(string path)
    {
        var disk = new byte[DiskSize];
        Sector().CopyTo(disk, 0);
        File.WriteAllBytes(path, disk);
    }
}
