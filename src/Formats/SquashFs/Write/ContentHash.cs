using System.Buffers.Binary;
using System.Numerics;
using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Formats.SquashFs;

/// <summary>
/// XXH64 (xxHash specification 0.1.1) with seed 0: finds files that may be equal. It is fast, not strong: equal hashes are a reason
/// to compare.
/// </summary>
internal static class ContentHash
{
    private const ulong Prime1 = 0x9E3779B185EBCA87;
    private const ulong Prime2 = 0xC2B2AE3D27D4EB4F;
    private const ulong Prime3 = 0x165667B19E3779F9;
    private const ulong Prime4 = 0x85EBCA77C2B2AE63;
    private const ulong Prime5 = 0x27D4EB2F165667C5;
    private const int LaneLength = sizeof(ulong);
    private const int StripeLength = 4 * LaneLength;

    /// <summary>The hash of a content, read through <paramref name="buffer"/>, whose length must be a multiple of 32.</summary>
    public static ulong Of(Content content, Span<byte> buffer)
    {
        ulong lane1 = unchecked(Prime1 + Prime2), lane2 = Prime2, lane3 = 0, lane4 = unchecked(0 - Prime1);
        ReadOnlySpan<byte> rest = default;
        for (long offset = 0; offset < content.Length; offset += buffer.Length)
        {
            var part = buffer[..(int)Math.Min(buffer.Length, content.Length - offset)];
            content.Read(offset, part);
            for (rest = part; rest.Length >= StripeLength; rest = rest[StripeLength..])
            {
                lane1 = Round(lane1, BinaryPrimitives.ReadUInt64LittleEndian(rest));
                lane2 = Round(lane2, BinaryPrimitives.ReadUInt64LittleEndian(rest[LaneLength..]));
                lane3 = Round(lane3, BinaryPrimitives.ReadUInt64LittleEndian(rest[(2 * LaneLength)..]));
                lane4 = Round(lane4, BinaryPrimitives.ReadUInt64LittleEndian(rest[(3 * LaneLength)..]));
            }
        }
        var hash = Prime5;
        if (content.Length >= StripeLength)
        {
            hash = BitOperations.RotateLeft(lane1, 1) + BitOperations.RotateLeft(lane2, 7) + BitOperations.RotateLeft(lane3, 12) + BitOperations.RotateLeft(lane4, 18);
            hash = Merge(Merge(Merge(Merge(hash, lane1), lane2), lane3), lane4);
        }
        return Finish(hash + (ulong)content.Length, rest);
    }

    private static ulong Finish(ulong hash, ReadOnlySpan<byte> rest)
    {
        for (; rest.Length >= LaneLength; rest = rest[LaneLength..])
            hash = (BitOperations.RotateLeft(hash ^ Round(0, BinaryPrimitives.ReadUInt64LittleEndian(rest)), 27) * Prime1) + Prime4;
        if (rest.Length >= sizeof(uint))
        {
            hash = (BitOperations.RotateLeft(hash ^ (BinaryPrimitives.ReadUInt32LittleEndian(rest) * Prime1), 23) * Prime2) + Prime3;
            rest = rest[sizeof(uint)..];
        }
        foreach (var b in rest)
            hash = BitOperations.RotateLeft(hash ^ (b * Prime5), 11) * Prime1;
        hash = (hash ^ (hash >> 33)) * Prime2;
        hash = (hash ^ (hash >> 29)) * Prime3;
        return hash ^ (hash >> 32);
    }

    private static ulong Round(ulong lane, ulong input) => BitOperations.RotateLeft(lane + (input * Prime2), 31) * Prime1;

    private static ulong Merge(ulong hash, ulong lane) => ((hash ^ Round(0, lane)) * Prime1) + Prime4;
}
