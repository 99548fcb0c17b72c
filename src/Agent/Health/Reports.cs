using System.Globalization;
using System.Text;
using System.Text.Json;
using ImageBuilder.Formats;
using ImageBuilder.Linux;
using ImageBuilder.Linux.Files;
using ImageBuilder.Update.Data;

namespace ImageBuilder.Agent.Health;

/// <summary>
/// Results that wait to be posted to the image's `update.report`: JSON files on the data partition, so that the slot that was fallen back to can send what
/// the other one has written. Never in the way of an update: what cannot be noted or sent is said, and no more.
/// </summary>
internal static class Reports
{
    /// <summary>Results that wait at most; of more, the oldest go.</summary>
    public const int Most = 32;

    private const string Ending = ".json";
    private const int MaxLength = 64 << 10;

    /// <summary>Notes a result; does nothing when the image names no place for them.</summary>
    /// <param name="device">The running system.</param>
    /// <param name="what">What happened.</param>
    /// <param name="stack">The stack that it happened to.</param>
    /// <param name="reason">Of a failure: why.</param>
    /// <param name="about">The stack's name and version; null: those of the running system.</param>
    /// <exception cref="IOException">It cannot be noted.</exception>
    public static void Add(Device device, ReportEvent what, string stack, string? reason, (string Name, string Version)? about = null)
    {
        if (device.Settings is not { Update.Report.Length: > 0 } settings || !Directory.Exists(device.DataFolder + DataLayout.Root))
            return;
        using var data = new FileTree(device.DataFolder);
        if (data.Find(DataLayout.Reports) is null)
        {
            data.MakeFolder(DataLayout.Reports, 0b111_000_000);
            data.Sync(DataLayout.Root);
        }
        var waiting = Waiting(data);
        foreach (var old in waiting.Take(Math.Max(0, waiting.Count - Most + 1)))
            data.Remove($"{DataLayout.Reports}/{old}");
        var name = ((waiting.Count == 0 ? 0 : NumberOf(waiting[^1])) + 1).ToString("d10", CultureInfo.InvariantCulture) + Ending;
        var unfinished = $"{DataLayout.Reports}/.new-{name}";
        if (data.Find(unfinished) is not null)
            data.Remove(unfinished);
        data.Write(unfinished, Write(device, what, stack, reason, about ?? (settings.Name, settings.Version)));
        data.Sync(unfinished);
        data.Rename(unfinished, $"{DataLayout.Reports}/{name}");
        data.Sync(DataLayout.Reports);
    }

    /// <summary>Posts what waits, the oldest first, until one cannot be posted.</summary>
    /// <param name="device">The running system.</param>
    /// <param name="post">Posts JSON to a URL; throws when it was not taken.</param>
    /// <returns>How many were posted.</returns>
    /// <exception cref="ImageException">One could not be posted: it waits on, and so do those after it.</exception>
    public static int Send(Device device, Action<Uri, byte[]> post)
    {
        if (device.Settings is not { Update.Report: { Length: > 0 } target } || !Directory.Exists(device.DataFolder + DataLayout.Reports))
            return 0;
        if (!Uri.TryCreate(target, UriKind.Absolute, out var url))
            throw new ImageException(ImageErrorKind.Spec, "IB6165", $"update.report: '{target}' is no URL that results could be posted to");
        using var data = new FileTree(device.DataFolder);
        var sent = 0;
        foreach (var name in Waiting(data))
        {
            var path = $"{DataLayout.Reports}/{name}";
            post(url, data.Read(path, MaxLength));
            // A cut before this is on the device posts it once more: it has a number that tells.
            data.Remove(path);
            sent++;
        }
        return sent;
    }

    private static List<string> Waiting(FileTree data) => [.. data.List(DataLayout.Reports).Where(name => name.EndsWith(Ending, StringComparison.Ordinal) && NumberOf(name) > 0)];

    private static long NumberOf(string name) => long.TryParse(name.AsSpan(0, name.Length - Ending.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;

    private static byte[] Write(Device device, ReportEvent what, string stack, string? reason, (string Name, string Version) about)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteNumber("schema", 1);
            json.WriteString("id", Machine.RandomUuid().ToString());
            json.WriteString("event", what.ToString().ToLowerInvariant());
            if (reason is not null)
                json.WriteString("reason", reason);
            json.WriteString("name", about.Name);
            json.WriteString("version", about.Version);
            json.WriteString("stack", stack);
            json.WriteString("running", device.Stack?.ToString());
            json.WriteString("slot", device.Slot?.ToString().ToLowerInvariant());
            json.WriteString("machine", MachineHash(device));
            json.WriteString("time", Device.Text(DateTime.UtcNow));
            json.WriteEndObject();
        }
        return buffer.ToArray();
    }

    /// <summary>Tells machines apart, and does not tell their machine-id, which is a secret of the machine: machine-id(5).</summary>
    private static string? MachineHash(Device device) => KernelFile.TryRead($"{device.Root.TrimEnd('/')}/etc/machine-id") is { Length: > 0 } id
        ? Hmac.Of(Encoding.ASCII.GetBytes(id.Trim()), "org.imagebuilder.report"u8) : null;
}
