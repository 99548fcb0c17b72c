namespace ImageBuilder.Linux.Tests.Blocks;

/// <summary>A folder laid out as the kernel lays out /sys: devices in a tree, links from class/block and to subsystems.</summary>
internal sealed class FakeSysfs : IDisposable
{
    private readonly TempFolder folder = new();

    public FakeSysfs() => Directory.CreateDirectory(folder["class/block"]);

    public string Path => folder.Path;

    public void Dispose() => folder.Dispose();

    /// <summary>A device that is no block device, below devices/, with its subsystem and attributes.</summary>
    public FakeSysfs Device(string path, string subsystem, params (string Name, string Text)[] attributes)
    {
        var at = Fill("devices/" + path, attributes);
        Directory.CreateDirectory(folder["bus/" + subsystem]);
        File.CreateSymbolicLink(System.IO.Path.Combine(at, "subsystem"), folder["bus/" + subsystem]);
        return this;
    }

    /// <summary>A block device, below devices/; its name is the path's last part.</summary>
    public FakeSysfs Block(string path, string number, long sectors, params (string Name, string Text)[] attributes)
    {
        var at = Fill("devices/" + path, [("dev", number), ("size", $"{sectors}"), .. attributes]);
        var parent = System.IO.Path.GetDirectoryName(at)!;
        if (System.IO.Path.GetFileName(parent) == "block")
            parent = System.IO.Path.GetDirectoryName(parent)!;
        if (Directory.Exists(System.IO.Path.Combine(parent, "subsystem")))
            File.CreateSymbolicLink(System.IO.Path.Combine(at, "device"), parent);
        File.CreateSymbolicLink(System.IO.Path.Combine(folder["class/block"], System.IO.Path.GetFileName(path)), at);
        return this;
    }

    /// <summary>Something built on a device.</summary>
    public FakeSysfs Holder(string path, string holder)
    {
        Directory.CreateDirectory(System.IO.Path.Combine(folder["devices/" + path], "holders"));
        File.CreateSymbolicLink(System.IO.Path.Combine(folder["devices/" + path], "holders", holder), folder["class/block/" + holder]);
        return this;
    }

    private string Fill(string path, (string Name, string Text)[] attributes)
    {
        var at = Directory.CreateDirectory(folder[path]).FullName;
        foreach (var (name, text) in attributes)
        {
            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(System.IO.Path.Combine(at, name))!);
            File.WriteAllText(System.IO.Path.Combine(at, name), text + "\n");
        }
        return at;
    }
}
