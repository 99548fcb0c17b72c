using System.Text;
using Microsoft.Win32.SafeHandles;

namespace ImageBuilder.Linux.Blocks;

/// <summary>ECMA-119 §8.4, primary volume descriptor, at sector 16.</summary>
internal static class Iso9660Probe
{
    private const int SectorLength = 2048;
    private const int FirstDescriptor = 16 * SectorLength;
    private const int VolumeIdentifier = 40;
    private const int VolumeIdentifierLength = 32;
    private const int CreationDate = 813;
    private const int ModificationDate = CreationDate + DateLength;
    private const int DateLength = 17;
    private const int DateDigits = 16;

    public static FileSystemIdentity? Read(SafeFileHandle device)
    {
        Span<byte> sector = stackalloc byte[SectorLength];
        // Type 1 (primary), "CD001", version 1.
        if (FileSystemProbe.ReadAt(device, FirstDescriptor, sector) < SectorLength || !sector.StartsWith("\u0001CD001\u0001"u8))
            return null;
        return new FileSystemIdentity("iso9660", FileSystemProbe.Label(sector.Slice(VolumeIdentifier, VolumeIdentifierLength)),
            DateAsUuid(sector.Slice(ModificationDate, DateLength)) ?? DateAsUuid(sector.Slice(CreationDate, DateLength)));
    }

    // §8.4.26.1: sixteen digits YYYYMMDDhhmmsscc and a time zone, which is left out; sixteen '0' stand for "not given".
    private static string? DateAsUuid(ReadOnlySpan<byte> date)
    {
        var digits = date[..DateDigits];
        if (!digits.ContainsAnyExcept((byte)'0') || digits.ContainsAnyExceptInRange((byte)'0', (byte)'9'))
            return null;
        var text = Encoding.ASCII.GetString(digits);
        return $"{text[..4]}-{text[4..6]}-{text[6..8]}-{text[8..10]}-{text[10..12]}-{text[12..14]}-{text[14..16]}";
    }
}
