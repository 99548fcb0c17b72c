using ImageBuilder.Formats.Fat;

namespace ImageBuilder.Fuzz.Tests.Readers;

/// <summary>FAT file systems of all types: only the parts that have structure are changed, since most of an image is empty.</summary>
internal static class FatTarget
{
    private const int BootSector = 512;
    private const int Touched = 128 << 10;
    private const int LargestSeed = 40 << 20; // an image is as long as its type asks for; behind its files it is empty, and a seed ends there

    public static FuzzTarget Target { get; } = new()
    {
        Name = "fat",
        Seeds = () => [.. new[] { Image(FatType.Fat12, 512), Image(FatType.Fat16, 512), Image(FatType.Fat12, 4096) }.Concat(Samples.Foreign("mkfs.fat -F 32 -C ../out 34000 && mcopy -s -n -i ../out FILE1.BIN FILE3000.BIN sub ::/")).Select(image => image.AsSpan().TrimEnd((byte)0).ToArray())],
        Mutate = (bytes, random) =>
        {
            var start = random.Next(10) == 0 ? 0 : BootSector;
            var part = bytes[start..Math.Min(bytes.Length, start + (random.Next(2) == 0 ? Touched : 16 << 10))];
            ByteMutator.Mutate([.. part], random, 0).CopyTo(bytes, start);
            return bytes;
        },
        FirstCheck = ["IB2211", "IB2212"],
        Sources = ["Formats/Fat/Read/"],
        Read = bytes =>
        {
            var volume = FatVolume.Open(new JoinedZeros(bytes, LargestSeed));
            Samples.ReadAll(volume.ReadTree());
            _ = (volume.Label, volume.Type, volume.Length);
        },
    };

    private static byte[] Image(FatType type, int sectorSize)
    {
        var tree = Samples.Tree(everything: false);
        return Samples.Written(stream => FatImage.Layout(tree, new FatOptions { VolumeLabel = "FUZZ", VolumeId = 1, Time = DateTimeOffset.UnixEpoch.AddYears(20), Type = type, SectorSize = sectorSize }).Write(stream));
    }
}
