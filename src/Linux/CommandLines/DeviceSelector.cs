using ImageBuilder.Linux.Blocks;

namespace ImageBuilder.Linux.CommandLines;

/// <summary>Says which block device is meant: LABEL=…, UUID=…, PARTLABEL=…, PARTUUID=… or /dev/….</summary>
public sealed record DeviceSelector(string Kind, string Value)
{
    private const string Device = "device";

    /// <exception cref="FormatException">Not one of the forms.</exception>
    public static DeviceSelector Parse(string text)
    {
        // udev's links are not there yet; what they stand for is.
        foreach (var (folder, kind) in ((string, string)[])[("label", "LABEL"), ("uuid", "UUID"), ("partlabel", "PARTLABEL"), ("partuuid", "PARTUUID")])
            if (text.StartsWith($"/dev/disk/by-{folder}/", StringComparison.Ordinal))
                return new DeviceSelector(kind, text[$"/dev/disk/by-{folder}/".Length..].Replace("\\x20", " "));
        if (text.StartsWith("/dev/", StringComparison.Ordinal) && text.Length > "/dev/".Length)
            return new DeviceSelector(Device, text["/dev/".Length..]);
        var equals = text.IndexOf('=');
        return equals > 0 && equals < text.Length - 1 && text[..equals].ToUpperInvariant() is "LABEL" or "UUID" or "PARTLABEL" or "PARTUUID"
            ? new DeviceSelector(text[..equals].ToUpperInvariant(), text[(equals + 1)..])
            : throw new FormatException("expected LABEL=..., UUID=..., PARTLABEL=..., PARTUUID=... or /dev/...");
    }

    /// <summary>Null when the device is the one meant, else why it is not.</summary>
    public string? Refuses(BlockDevice device) => Kind switch
    {
        Device => device.Name == Value ? null : $"it is not /dev/{Value}",
        "PARTUUID" => Compare("partition identifier", device.PartitionUuid, StringComparison.OrdinalIgnoreCase),
        "PARTLABEL" => Compare("partition name", device.PartitionName, StringComparison.Ordinal),
        "UUID" => Compare("identifier", device.FileSystem?.Uuid, StringComparison.OrdinalIgnoreCase),
        _ => Compare("label", device.FileSystem?.Label, StringComparison.Ordinal),
    };

    public override string ToString() => Kind == Device ? $"/dev/{Value}" : $"{Kind}={Value}";

    private string? Compare(string what, string? found, StringComparison comparison) =>
        found is null ? $"it has no {what}" : string.Equals(found, Value, comparison) ? null : $"its {what} is {found}, not {Value}";
}
