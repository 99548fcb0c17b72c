using System.Buffers.Binary;
using System.IO.Compression;

namespace ImageBuilder.Pipeline.Tests.Inspection.Sizes;

/// <summary>Counts the colours of a PNG image (8 bits, RGB or RGBA, not interlaced), as browsers write their screenshots.</summary>
internal static class Picture
{
    public static Dictionary<int, int> Colours(byte[] png)
    {
        using var packed = new MemoryStream();
        var (width, height, channels) = (0, 0, 0);
        for (var at = 8; at < png.Length;)
        {
            var length = BinaryPrimitives.ReadInt32BigEndian(png.AsSpan(at));
            var type = System.Text.Encoding.ASCII.GetString(png, at + 4, 4);
            var body = png.AsSpan(at + 8, length);
            if (type == "IHDR")
            {
                (width, height) = (BinaryPrimitives.ReadInt32BigEndian(body), BinaryPrimitives.ReadInt32BigEndian(body[4..]));
                Assert.Equal((8, 0), (body[8], body[12]));
                channels = body[9] == 2 ? 3 : 4;
            }
            else if (type == "IDAT")
            {
                packed.Write(body);
            }
            at += length + 12;
        }
        packed.Position = 0;
        using var plain = new ZLibStream(packed, CompressionMode.Decompress);
        var colours = new Dictionary<int, int>();
        var stride = width * channels;
        var (line, above) = (new byte[stride + 1], new byte[stride + 1]);
        for (var y = 0; y < height; y++, (line, above) = (above, line))
        {
            plain.ReadExactly(line);
            for (var i = 1; i <= stride; i++)
            {
                var left = i > channels ? line[i - channels] : 0;
                var corner = i > channels ? above[i - channels] : 0;
                line[i] += (byte)(line[0] switch { 0 => 0, 1 => left, 2 => above[i], 3 => (left + above[i]) / 2, _ => Paeth(left, above[i], corner) });
            }
            for (var i = 1; i <= stride; i += channels)
            {
                var colour = line[i] << 16 | line[i + 1] << 8 | line[i + 2];
                colours[colour] = colours.GetValueOrDefault(colour) + 1;
            }
        }
        return colours;
    }

    private static int Paeth(int left, int up, int corner)
    {
        var guess = left + up - corner;
        var (a, b, c) = (Math.Abs(guess - left), Math.Abs(guess - up), Math.Abs(guess - corner));
        return a <= b && a <= c ? left : b <= c ? up : corner;
    }
}
