using ImageBuilder.Formats.Iso9660;
using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Fuzz.Tests.Readers;

/// <summary>ISO 9660 images: ours, and genisoimage's with relocated directories and Joliet.</summary>
internal static class IsoTarget
{
    private const int Descriptors = 16 * 2048;

    public static FuzzTarget Target { get; } = new()
    {
        Name = "iso 9660",
        Seeds = () =>
        [
            Image(joliet: true), Image(joliet: false),
            .. Samples.Foreign("genisoimage -R -J -o ../out .", "genisoimage -o ../out .", "xorriso -as mkisofs -R -o ../out .",
                "mkdir -p d1/d2/d3/d4/d5/d6/d7/d8/d9 && genisoimage -R -o ../out ."),
        ],
        Mutate = (bytes, random) =>
        {
            // Nothing is read of the first 32 KiB, and little of what lies behind directories and path tables: most mutations go between.
            var start = Descriptors + (random.Next(10) == 0 ? 0 : 2048);
            var part = bytes[start..Math.Min(bytes.Length, start + (random.Next(4) == 0 ? bytes.Length : 64 << 10))];
            ByteMutator.Mutate([.. part], random, 0).CopyTo(bytes, start);
            return random.Next(40) == 0 ? bytes[..random.Next(Descriptors + 2048, bytes.Length)] : bytes;
        },
        FirstCheck = ["IB2410"],
        Sources = ["Formats/Iso9660/Read/"],
        Read = bytes =>
        {
            var volume = IsoVolume.Open(Content.From(bytes));
            Samples.ReadAll(volume.ReadTree());
            if (volume.Joliet is not null)
                volume.ReadTree(IsoNameSpace.Joliet);
            volume.ReadTree(IsoNameSpace.Plain);
            volume.CheckPathTables();
            volume.ReadBootCatalog();
            for (var at = 0L; at < bytes.Length; at += 1 + (bytes.Length / 8))
                volume.Locate(at);
        },
    };

    private static byte[] Image(bool joliet) => Samples.Written(stream => IsoImage.Layout(Samples.WithoutXattrs(), new IsoOptions
    {
        VolumeId = "FUZZ",
        Time = DateTimeOffset.UnixEpoch,
        Joliet = joliet,
        BiosBoot = new BiosBoot { Image = Content.From(Samples.Bytes(3000)), Path = "/boot/eltorito.img" },
        EfiBoot = new EfiBoot { Image = Content.From(Samples.Bytes(8192)) },
    }).Write(stream));
}
