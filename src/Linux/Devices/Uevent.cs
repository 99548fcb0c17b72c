using System.Text;

namespace ImageBuilder.Linux.Devices;

/// <summary>A message of the kernel about a device: kobject_uevent, Documentation/ABI/testing/sysfs-uevent.</summary>
public sealed class Uevent
{
    private readonly Dictionary<string, string> fields;

    private Uevent(Dictionary<string, string> fields) => this.fields = fields;

    /// <summary>"add", "remove", "change", "bind", …</summary>
    public string Action => this["ACTION"] ?? "";

    /// <summary>The path below /sys, starting with /devices.</summary>
    public string DevicePath => this["DEVPATH"] ?? "";

    public string Subsystem => this["SUBSYSTEM"] ?? "";

    /// <summary>The name below /dev, for devices that have one.</summary>
    public string? DeviceName => this["DEVNAME"];

    /// <summary>What modules are matched against, for devices that have one.</summary>
    public string? ModuleAlias => this["MODALIAS"];

    /// <summary>A field by name, or null.</summary>
    public string? this[string name] => fields.GetValueOrDefault(name);

    /// <summary>
    /// Reads a netlink message: "add@/devices/…", then KEY=VALUE strings, each ended by NUL. Null for what is not one
    /// (udev's own messages begin with "libudev").
    /// </summary>
    public static Uevent? TryParse(ReadOnlySpan<byte> message)
    {
        var end = message.IndexOf((byte)0);
        if (end < 0 || !message[..end].Contains((byte)'@'))
            return null;
        return new Uevent(ReadFields(message[(end + 1)..], 0));
    }

    /// <summary>Reads a `uevent` file of sysfs, lines of KEY=VALUE, as an "add".</summary>
    public static Uevent FromSysfs(string text, string devicePath, string subsystem)
    {
        var fields = ReadFields(Encoding.UTF8.GetBytes(text), (byte)'\n');
        fields["ACTION"] = "add";
        fields["DEVPATH"] = devicePath;
        fields["SUBSYSTEM"] = subsystem;
        return new Uevent(fields);
    }

    private static Dictionary<string, string> ReadFields(ReadOnlySpan<byte> text, byte separator)
    {
        var fields = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var range in text.Split(separator))
        {
            var field = text[range];
            var equals = field.IndexOf((byte)'=');
            if (equals > 0)
                fields[Encoding.UTF8.GetString(field[..equals])] = Encoding.UTF8.GetString(field[(equals + 1)..]);
        }
        return fields;
    }
}
