using System.Globalization;

namespace ImageBuilder.Qemu.Machines;

/// <summary>A machine's memory in MiB, at least 64.</summary>
public readonly record struct MemorySize(int Mebibytes)
{
    private const int Smallest = 64;

    /// <summary>Reads <c>1G</c>, <c>1.5G</c>, <c>768M</c> or a bare number of MiB, as QEMU's <c>-m</c> does.</summary>
    public static bool TryParse(string text, out MemorySize size)
    {
        var (digits, factor) = text.Length > 0 ? char.ToUpperInvariant(text[^1]) switch
        {
            'G' => (text[..^1], 1024),
            'M' => (text[..^1], 1),
            _ => (text, 1),
        } : (text, 1);
        size = default;
        if (!decimal.TryParse(digits, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)
            || number * factor is not (>= Smallest and <= 1 << 24))
        {
            return false;
        }
        size = new MemorySize((int)(number * factor));
        return true;
    }

    public override string ToString() => $"{Mebibytes}M";
}
