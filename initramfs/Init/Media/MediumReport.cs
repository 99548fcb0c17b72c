using System.Globalization;
using ImageBuilder.Linux;
using ImageBuilder.Linux.Blocks;
using ImageBuilder.Linux.CommandLines;

namespace ImageBuilder.Init;

/// <summary>What a person is told when there is no medium.</summary>
internal static class MediumReport
{
    public static BootException NotFound(BootOptions options, IReadOnlyList<BlockDevice> devices, IDictionary<string, string> refused)
    {
        var wanted = $"no medium{(options.Medium is null ? "" : $" {options.Medium}")} with {options.IsoFile ?? options.Image} on it{(options.Id is null ? "" : $" and the id {options.Id}")}";
        return new BootException($"{wanted} was found within {options.Timeout.TotalSeconds:0} s", Remedy(options, devices.Count > 0),
            [.. Table(devices, refused), .. Drivers()]);
    }

    /// <summary>The devices seen, a line each, with the reason why each was refused.</summary>
    internal static IReadOnlyList<string> Table(IEnumerable<BlockDevice> devices, IDictionary<string, string> refused)
    {
        string[][] rows =
        [
            ["device", "size", "type", "label", "identifier", "why it was refused"],
            .. devices.Select(device => (string[])
            [
                device.Name, Size(device.Size), device.FileSystem?.Type ?? "-", device.FileSystem?.Label ?? "-",
                device.FileSystem?.Uuid ?? "-", refused.TryGetValue(device.Name, out var reason) ? reason : device.Trouble ?? "-",
            ]),
        ];
        if (rows.Length == 1)
            return ["No disk, drive or stick was seen at all."];
        var widths = new int[rows[0].Length];
        foreach (var row in rows)
            for (var column = 0; column < widths.Length; column++)
                widths[column] = Math.Max(widths[column], row[column].Length);
        return [.. rows.Select(row => string.Join("  ", row.Select((cell, column) => cell.PadRight(widths[column]))).TrimEnd())];
    }

    /// <summary>Controllers that no driver has taken: PCI class 01 (storage), 0c03 (USB), 0805 (SD card).</summary>
    internal static IReadOnlyList<string> Drivers()
    {
        const string Pci = "/sys/bus/pci/devices";
        var idle = !Directory.Exists(Pci) ? [] : Directory.EnumerateFileSystemEntries(Pci).Order(StringComparer.Ordinal)
            .Where(device => IsController(KernelFile.TryRead($"{device}/class") ?? "") && !Directory.Exists($"{device}/driver"))
            .Select(device => $"  {Path.GetFileName(device)}  {KernelFile.TryRead($"{device}/modalias")}").ToList();
        return idle.Count == 0 ? [] : ["", "Controllers that no driver of this initramfs has taken:", .. idle];
    }

    /// <summary>True for the text of a PCI `class` attribute that media can hang on: "0x010601".</summary>
    internal static bool IsController(string pciClass) =>
        pciClass.StartsWith("0x01", StringComparison.Ordinal) || pciClass.StartsWith("0x0c03", StringComparison.Ordinal) || pciClass.StartsWith("0x0805", StringComparison.Ordinal);

    private static IReadOnlyList<string> Remedy(BootOptions options, bool anyDevice) =>
    [
        anyDevice
            ? "Check that the right medium is inserted and was written completely."
            : "Check the medium is connected; try another port. If this machine needs a driver that is missing, add it to `drivers:` and build again.",
        "To start from another device, change ib.media= (LABEL=, UUID=, PARTUUID= or /dev/...) in the boot menu; now: " + (options.Medium?.ToString() ?? "any"),
        .. options.Id is null ? (string[])[] : ["A medium of another build has another id: kernel and medium must belong together, or ib.id= be left out."],
        "For slow devices raise ib.timeout=; for a prompt here add ib.shell.",
    ];

    internal static string Size(long bytes) => bytes switch
    {
        0 => "-",
        < 1 << 20 => $"{bytes >> 10} KiB",
        < 10L << 30 => $"{bytes >> 20} MiB",
        _ => (bytes / (double)(1L << 30)).ToString("0.0", CultureInfo.InvariantCulture) + " GiB",
    };
}
