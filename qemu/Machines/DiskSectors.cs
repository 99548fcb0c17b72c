namespace ImageBuilder.Qemu.Machines;

/// <summary>The size of a disk's sectors, which its image says by where its partition table lies: in the second sector (UEFI 2.10, 5.3.2).</summary>
internal static class DiskSectors
{
    /// <summary>Bytes of a sector of nearly every disk.</summary>
    public const int Usual = 512;

    private const int Large = 4096;

    /// <summary>512, unless the image has a GPT for sectors of 4096 bytes.</summary>
    public static int Of(string image)
    {
        using var file = File.OpenHandle(image);
        return HasTable(Large) && !HasTable(Usual) ? Large : Usual;

        bool HasTable(long offset)
        {
            Span<byte> signature = stackalloc byte["EFI PART"u8.Length];
            return RandomAccess.Read(file, signature, offset) == signature.Length && signature.SequenceEqual("EFI PART"u8);
        }
    }
}
