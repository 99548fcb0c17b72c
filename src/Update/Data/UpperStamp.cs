using System.Globalization;
using System.Text;
using ImageBuilder.Linux.Files;
using ImageBuilder.Update.Stacks;

namespace ImageBuilder.Update.Data;

/// <summary>The one line in an upper that binds it to its stack: "STACK-ID NUMBER".</summary>
/// <param name="Stack">The stack that it was made for, and is never mounted without.</param>
/// <param name="Number">Its own number: a copied folder does not pass for another upper.</param>
public sealed record UpperStamp(StackId Stack, uint Number)
{
    // To read; more is no stamp.
    private const int MostBytes = 128;

    /// <summary>What an upper belongs to; null when it is not there, or its stamp is damaged.</summary>
    public static UpperStamp? Find(IFileTree data, uint number)
    {
        var path = $"{DataLayout.Upper(number)}/{DataLayout.StampName}";
        return data.Find(path) is { Kind: FileKind.Regular } ? TryParse(data.Read(path, MostBytes)) : null;
    }

    internal byte[] ToBytes() => Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{Stack} {Number}\n"));

    /// <summary>Null when the bytes are no stamp.</summary>
    private static UpperStamp? TryParse(ReadOnlySpan<byte> bytes)
    {
        var text = Encoding.Latin1.GetString(bytes);
        if (!text.EndsWith('\n') || text[..^1].Split(' ') is not [var stack, var number] || !StackId.IsHex(stack)
            || !uint.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var value))
            return null;
        return new UpperStamp(StackId.Parse(stack), value);
    }
}
