using System.Globalization;
using System.Text;
using ImageBuilder.Update.Stacks;

namespace ImageBuilder.Update.Data;

/// <summary>The one line in an upper that binds it to its stack: "STACK-ID NUMBER".</summary>
/// <param name="Stack">The stack that it was made for, and is never mounted without.</param>
/// <param name="Number">Its own number: a copied folder does not pass for another upper.</param>
public sealed record UpperStamp(StackId Stack, uint Number)
{
    /// <summary>Bytes to read; more is no stamp.</summary>
    internal const int MostBytes = 128;

    internal byte[] ToBytes() => Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{Stack} {Number}\n"));

    /// <summary>Null when the bytes are no stamp.</summary>
    internal static UpperStamp? TryParse(ReadOnlySpan<byte> bytes)
    {
        var text = Encoding.Latin1.GetString(bytes);
        if (!text.EndsWith('\n') || text[..^1].Split(' ') is not [var stack, var number] || !StackId.IsHex(stack)
            || !uint.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var value))
            return null;
        return new UpperStamp(StackId.Parse(stack), value);
    }
}
