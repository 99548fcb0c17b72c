using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace ImageBuilder.Linux;

/// <summary>SHA-256, FIPS 180-4 §6.2: needs no library; large messages go through the system's where SystemSha256 is on.</summary>
public sealed class Sha256
{
    /// <summary>Length of a digest, in bytes.</summary>
    public const int DigestLength = 32;

    private const int BlockLength = 64;

    // Documents are digested here; a library that others share is not loaded for them.
    private const int Large = 128 << 10;
    private const int LengthField = 8;

    // §4.2.2: the first 32 bits of the fractional parts of the cube roots of the first 64 primes.
    private static readonly uint[] K =
    [
        0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3,
        0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
        0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13,
        0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
        0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208,
        0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
    ];

    // §5.3.3
    private readonly uint[] state = [0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19];
    private readonly byte[] partial = new byte[BlockLength];
    private int partialLength;
    private ulong length;

    /// <summary>Takes more of the message.</summary>
    public void Append(ReadOnlySpan<byte> data)
    {
        length += (ulong)data.Length;
        if (partialLength > 0)
        {
            var taken = Math.Min(BlockLength - partialLength, data.Length);
            data[..taken].CopyTo(partial.AsSpan(partialLength));
            partialLength += taken;
            data = data[taken..];
            if (partialLength < BlockLength)
                return;
            Compress(partial);
            partialLength = 0;
        }
        var whole = data.Length / BlockLength * BlockLength;
        Compress(data[..whole]);
        data[whole..].CopyTo(partial);
        partialLength = data.Length - whole;
    }

    /// <summary>Ends the message; the digest in lower-case hexadecimal digits.</summary>
    public string Finish()
    {
        // §5.1.1: a one bit, zeros, the length in bits.
        var bits = length * 8;
        var zeros = (2 * BlockLength - LengthField - 1 - partialLength) % BlockLength;
        Span<byte> padding = stackalloc byte[1 + BlockLength + LengthField];
        padding.Clear();
        padding[0] = 0x80;
        BinaryPrimitives.WriteUInt64BigEndian(padding[(1 + zeros)..], bits);
        Append(padding[..(1 + zeros + LengthField)]);
        Span<byte> digest = stackalloc byte[DigestLength];
        for (var i = 0; i < state.Length; i++)
            BinaryPrimitives.WriteUInt32BigEndian(digest[(4 * i)..], state[i]);
        return Convert.ToHexStringLower(digest);
    }

    private void Compress(ReadOnlySpan<byte> blocks)
    {
        if (!SystemSha256.IsOn || blocks.Length < Large || !SystemSha256.TryCompress(state, blocks))
            CompressHere(state, blocks);
    }

    /// <summary>§6.2.2: takes whole blocks into a state of eight words.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static unsafe void CompressHere(uint[] state, ReadOnlySpan<byte> blocks)
    {
        // Pointers: a fifth of the time goes into checks of bounds otherwise.
        var w = stackalloc uint[BlockLength];
        fixed (uint* k = K)
        fixed (byte* data = blocks)
        {
            uint h0 = state[0], h1 = state[1], h2 = state[2], h3 = state[3], h4 = state[4], h5 = state[5], h6 = state[6], h7 = state[7];
            for (var block = data; block < data + blocks.Length; block += BlockLength)
            {
                for (var t = 0; t < 16; t++)
                    w[t] = BinaryPrimitives.ReverseEndianness(*(uint*)(block + (4 * t)));
                for (var t = 16; t < BlockLength; t++)
                {
                    var (x, y) = (w[t - 15], w[t - 2]);
                    w[t] = w[t - 16] + (BitOperations.RotateRight(x, 7) ^ BitOperations.RotateRight(x, 18) ^ (x >> 3))
                        + w[t - 7] + (BitOperations.RotateRight(y, 17) ^ BitOperations.RotateRight(y, 19) ^ (y >> 10));
                }
                uint a = h0, b = h1, c = h2, d = h3, e = h4, f = h5, g = h6, h = h7;
                // Eight rounds at a time: instead of eight variables the roles move on.
                for (var t = 0; t < BlockLength; t += 8)
                {
                    h += One(e, f, g) + k[t] + w[t]; d += h; h += Two(a, b, c);
                    g += One(d, e, f) + k[t + 1] + w[t + 1]; c += g; g += Two(h, a, b);
                    f += One(c, d, e) + k[t + 2] + w[t + 2]; b += f; f += Two(g, h, a);
                    e += One(b, c, d) + k[t + 3] + w[t + 3]; a += e; e += Two(f, g, h);
                    d += One(a, b, c) + k[t + 4] + w[t + 4]; h += d; d += Two(e, f, g);
                    c += One(h, a, b) + k[t + 5] + w[t + 5]; g += c; c += Two(d, e, f);
                    b += One(g, h, a) + k[t + 6] + w[t + 6]; f += b; b += Two(c, d, e);
                    a += One(f, g, h) + k[t + 7] + w[t + 7]; e += a; a += Two(b, c, d);
                }
                h0 += a; h1 += b; h2 += c; h3 += d; h4 += e; h5 += f; h6 += g; h7 += h;
            }
            (state[0], state[1], state[2], state[3], state[4], state[5], state[6], state[7]) = (h0, h1, h2, h3, h4, h5, h6, h7);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint One(uint e, uint f, uint g) =>
        (BitOperations.RotateRight(e, 6) ^ BitOperations.RotateRight(e, 11) ^ BitOperations.RotateRight(e, 25)) + (g ^ (e & (f ^ g)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Two(uint a, uint b, uint c) =>
        (BitOperations.RotateRight(a, 2) ^ BitOperations.RotateRight(a, 13) ^ BitOperations.RotateRight(a, 22)) + ((a & b) | (c & (a | b)));
}
