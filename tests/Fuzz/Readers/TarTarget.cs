using System.Text;
using ImageBuilder.Formats.Tar;
using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Fuzz.Tests.Readers;

/// <summary>Tar archives of all dialects; headers keep a right checksum, since without one nothing else of them is looked at.</summary>
internal static class TarTarget
{
    private const int Block = 512, ChecksumOffset = 148, ChecksumLength = 8, MagicOffset = 257;

    public static FuzzTarget Target { get; } = new()
    {
        Name = "tar",
        Seeds = () =>
        [
            Samples.Written(stream => TarWriter.Write(Samples.Tree(), stream)),
            .. Samples.Foreign("tar --format=gnu -cf ../out .", "tar --format=pax --xattrs -cf ../out .", "tar --format=ustar -cf ../out --exclude='nnn*' .", "tar --format=v7 -cf ../out FILE1.BIN FILE3000.BIN",
                "truncate -s 1M sparse && printf x >> sparse && tar --sparse --format=gnu -cf ../out sparse", "tar --sparse --format=pax -cf ../out sparse", "tar --sparse --sparse-version=0.0 --format=pax -cf ../out sparse",
                "tar --sparse --sparse-version=0.1 --format=pax -cf ../out sparse"),
        ],
        Mutate = (bytes, random) =>
        {
            // Contents are not looked at: mutations go into headers and what follows them at once.
            for (var count = random.Next(1, 4); count > 0; count--)
            {
                var headers = Headers(bytes).ToArray();
                var at = headers.Length == 0 ? 0 : headers[random.Next(headers.Length)];
                var part = bytes[at..Math.Min(bytes.Length, at + (random.Next(4) == 0 ? 2 * Block : 350))];
                ByteMutator.Mutate([.. part], random, 0).CopyTo(bytes, at);
            }
            return random.Next(40) == 0 ? bytes[..random.Next(Block, bytes.Length)] : bytes;
        },
        Repair = bytes =>
        {
            foreach (var at in Headers(bytes))
                Repair(bytes.AsSpan(at, Block));
            if (bytes.Length >= Block)
                Repair(bytes.AsSpan(0, Block));
        },
        FirstCheck = ["IB2305"],
        Sources = ["Formats/Tar/TarReader.cs", "Formats/Tar/PaxRecords.cs", "Formats/Tar/SparseContent.cs", "Formats/Tar/SparseMapText.cs", "Formats/Tar/TarField.cs"],
        Read = bytes => Samples.ReadAll(TarReader.Read(Content.From(bytes))),
    };

    private static IEnumerable<int> Headers(byte[] bytes)
    {
        for (var at = 0; at + Block <= bytes.Length; at += Block)
            if (bytes.AsSpan(at + MagicOffset).StartsWith("ustar"u8))
                yield return at;
    }

    private static void Repair(Span<byte> header)
    {
        var checksum = header.Slice(ChecksumOffset, ChecksumLength);
        checksum.Fill((byte)' ');
        var sum = 0;
        foreach (var b in header)
            sum += b;
        Encoding.ASCII.GetBytes(Convert.ToString(sum, 8).PadLeft(6, '0') + "\0 ", checksum);
    }
}
