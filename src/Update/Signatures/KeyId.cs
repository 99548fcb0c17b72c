using System.Buffers.Binary;
using System.Globalization;

namespace ImageBuilder.Update.Signatures;

/// <summary>The number that tells which key made a signature: 8 random bytes, shown as minisign does.</summary>
public readonly record struct KeyId(ulong Value)
{
    internal const int Length = sizeof(ulong);

    internal static KeyId Read(ReadOnlySpan<byte> bytes) => new(BinaryPrimitives.ReadUInt64LittleEndian(bytes));

    internal void Write(Span<byte> bytes) => BinaryPrimitives.WriteUInt64LittleEndian(bytes, Value);

    public override string ToString() => Value.ToString("X16", CultureInfo.InvariantCulture);
}
