using ImageBuilder.EndToEnd.Tests.PowerCuts;

namespace ImageBuilder.EndToEnd.Tests;

/// <summary>What was changed on a device, as a layer of another image.</summary>
public sealed class CapturedLayerTests
{
    private const string Keys = "upper: { kind: persistent }\nagent: true\ndrivers: virtio\ncompression: zstd:1\noutputs: [disk]\n";

    /// <summary>A new folder, a deleted and a changed file, a folder in place of another, metadata alone, links and a device.</summary>
    private const string Changes = """
        set -e
        mkdir -p /opt/new/sub && echo data > /opt/new/sub/file && chmod 640 /opt/new/sub/file && chown -R 1:2 /opt/new
        ln /opt/new/sub/file /opt/new/hard; ln -s sub/file /opt/new/soft; mknod /opt/new/null c 1 3; touch -d 2001-02-03T04:05:06Z /opt/new/old
        rm /etc/issue; echo more >> /etc/motd; chmod 700 /srv
        rm -r /etc/cron.daily; mkdir /etc/cron.daily; echo own > /etc/cron.daily/own
        imageagent capture -o /layer.squashfs
        sync
        """;

    /// <summary>All names with what stat says of them, and the content of what may have changed; but for what belongs to one device alone.</summary>
    private const string List = """
        cd /; find / -xdev ! -path /layer.squashfs ! -path /list ! -path /etc/machine-id ! -path '/usr/lib/imagebuilder/*' ! -type d -printf '%y %m %U:%G %n %s %l %p\n' > /list
        find / -xdev -type d -printf '%y %m %U:%G %p\n' >> /list
        find /opt /etc/cron.daily -printf '%Ts %p\n' >> /list
        find /etc /opt /srv /root -xdev -type f ! -path /etc/machine-id -exec sha256sum {} + >> /list
        sort -o /list /list; sync
        """;

    [ToolFact("qemu-system-x86_64", "e2fsck", "debugfs", "cp")]
    public async Task An_image_with_a_captured_layer_shows_the_tree_of_the_device_that_it_was_captured_on()
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder["base.yaml"], $"{MinimalImage.Spec}\n{Keys}");
        File.WriteAllText(folder["captured.yaml"], $"schema: 1\nname: minimal\nversion: 1.0.0\nlayers: [./base.yaml, ./layer.squashfs]\n{Keys}");

        await RunAsync(Build("base.yaml", "first"), "first.txt", Changes, "layer.squashfs");
        await RunAsync(Build("captured.yaml", "second"), "second.txt", null, null);

        var (first, second) = (File.ReadAllLines(folder["first.txt"]), File.ReadAllLines(folder["second.txt"]));
        Assert.True(first.Length > 1000, $"{first.Length} lines");
        Assert.Equal([], first.Except(second).Select(line => "- " + line).Concat(second.Except(first).Select(line => "+ " + line)));
        Assert.Contains(second, line => line.EndsWith("/etc/cron.daily/own", StringComparison.Ordinal));
        Assert.DoesNotContain(second, line => line.EndsWith(" /etc/issue", StringComparison.Ordinal));

        string Build(string spec, string output)
        {
            var result = Program.Run(folder.Path, "build", spec, "--output-dir", folder[output], "--progress", "plain");
            Assert.True(result.ExitCode == 0, result.ToString());
            return result.Image;
        }

        async Task RunAsync(string image, string list, string? changes, string? layer)
        {
            await using var machine = new RecordedMachine(image, new FileInfo(image).Length);
            await machine.BootAsync("init=/bin/sh");
            if (changes is not null)
                await machine.RunAsync(changes);
            await machine.RunAsync(List);
            await machine.PowerCutAsync();
            machine.Fetch("/ib/uppers/1/upper/list", folder[list]);
            if (layer is not null)
                machine.Fetch("/ib/uppers/1/upper/layer.squashfs", folder[layer]);
        }
    }
}
