using System.Buffers.Binary;

namespace ImageBuilder.Fuzz.Tests;

/// <summary>Changes bytes as damage and malice do: bits, numbers where arithmetic goes wrong, pieces from elsewhere, ends cut off.</summary>
internal static class ByteMutator
{
    private const int HeaderShare = 20; // one mutation in so many may hit the header

    /// <summary>A mutant of the bytes, which are its own.</summary>
    public static byte[] Mutate(byte[] bytes, Random random, int header)
    {
        for (var count = 1 << random.Next(4); count > 0; count--)
            Change(bytes, random, bytes.Length > header + sizeof(ulong) && random.Next(HeaderShare) > 0 ? header : 0);
        return random.Next(40) == 0 ? bytes[..random.Next(Math.Min(header, bytes.Length), bytes.Length)] : bytes;
    }

    private static void Change(byte[] bytes, Random random, int from)
    {
        var at = from + random.Next(bytes.Length - from);
        switch (random.Next(6))
        {
            case 0:
                bytes[at] ^= (byte)(1 << random.Next(8));
                break;
            case 1:
                bytes[at] = (byte)random.Next(256);
                break;
            case 2:
                var length = random.Next(1, Math.Min(64, bytes.Length - at) + 1);
                bytes.AsSpan(from + random.Next(bytes.Length - from - length + 1), length).CopyTo(bytes.AsSpan(at, length));
                break;
            default:
                Number(bytes.AsSpan(at), random);
                break;
        }
    }

    /// <summary>A number nearby, or one where arithmetic goes wrong.</summary>
    private static void Number(Span<byte> place, Random random)
    {
        place = place[..Math.Min(place.Length, 1 << random.Next(4))];
        Span<byte> value = stackalloc byte[sizeof(ulong)];
        place.CopyTo(value);
        var old = BinaryPrimitives.ReadUInt64LittleEndian(value);
        BinaryPrimitives.WriteUInt64LittleEndian(value, random.Next(7) switch
        {
            0 => 0,
            1 => ulong.MaxValue,
            2 => old + 1,
            3 => old - 1,
            4 => 1UL << random.Next(64),
            5 => long.MaxValue,
            _ => (ulong)random.NextInt64(),
        });
        if (random.Next(4) == 0)
            value[..place.Length].Reverse();
        value[..place.Length].CopyTo(place);
    }
}
