namespace ImageBuilder.Init;

/// <summary>
/// Words that users of live-boot, casper, dracut and archiso know, where they mean the same as one of ours. What they can say beyond
/// that is not translated.
/// </summary>
internal static class ForeignWords
{
    /// <summary>Our word for another's; null when there is none.</summary>
    public static (string Key, string? Value)? Translate((string Key, string? Value) word) => word switch
    {
        ("live-media" or "bootfrom", { } device) when IsDevice(device) => ("ib.media", device),
        ("archisodevice", { } device) when IsDevice(device) => ("ib.media", device),
        ("archisolabel", { Length: > 0 } label) => ("ib.media", "LABEL=" + label),
        ("root", { } root) when root.StartsWith("live:", StringComparison.Ordinal) && IsDevice(root["live:".Length..]) => ("ib.media", root["live:".Length..]),
        ("live-media-timeout" or "rd.timeout", { } seconds) when ushort.TryParse(seconds, out _) => ("ib.timeout", seconds),
        ("overlay-size" or "cow_spacesize", { } size) when IsSize(size) => ("ib.upper.size", size),
        ("rd.shell" or "rd.break" or "break", _) when word.Value is not "0" => ("ib.shell", null),
        ("rd.debug", null or "1") => ("ib.debug", null),
        _ => null,
    };

    private static bool IsDevice(string text) => Accepts(() => DeviceSelector.Parse(text));

    private static bool IsSize(string text) => Accepts(() => BootOptions.TmpfsSize(text));

    private static bool Accepts(Action parse)
    {
        try
        {
            parse();
            return true;
        }
        catch (FormatException)
        {
            return false;
        }
    }
}
