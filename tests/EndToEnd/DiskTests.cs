using System.Security.Cryptography;
using System.Text.Json;

namespace ImageBuilder.EndToEnd.Tests;

/// <summary>A real appliance's disk, beside an ISO of the same build.</summary>
public sealed class DiskTests
{
    private const string Spec = MinimalImage.Spec + "\ncompression: zstd:1\nupper: { kind: persistent }\nagent: false\ndrivers: virtio\noutputs: [disk, qcow2, iso]\n";

    [ToolFact("sgdisk", "sfdisk", "qemu-img", "sha256sum", "mtype", "env")]
    public void One_build_makes_disk_and_ISO_of_one_layer_and_another_build_the_same_bytes()
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder["minimal.yaml"], Spec);
        var first = Build("one", "1");
        var disk = first[0];
        Assert.Equal([".img", ".qcow2", ".iso"], first[..3].Select(Path.GetExtension));
        Assert.Contains("No problems found", Tool.Run("sgdisk", "-v", disk), StringComparison.Ordinal);
        Assert.Contains("No errors detected", Tool.Run("sfdisk", "--verify", disk), StringComparison.Ordinal);
        Assert.Contains("identical", Tool.Run("qemu-img", "compare", first[1], disk), StringComparison.Ordinal);
        Tool.Run("env", "-C", folder["one"], "sha256sum", "--check", "--quiet", "SHA256SUMS");
        Assert.Contains("ib.disk=PARTUUID=$id", Tool.Run("mtype", "-i", disk + "@@2M", "::/boot/grub/grub.cfg"), StringComparison.Ordinal);

        using (var manifest = JsonDocument.Parse(File.ReadAllText(first.Single(path => path.EndsWith(".manifest.json", StringComparison.Ordinal)))))
        {
            var layer = manifest.RootElement.GetProperty("layers")[0];
            Assert.Equal("ib-system, byte 1048576", layer.GetProperty("path").GetString());
            Assert.Equal(2, manifest.RootElement.GetProperty("otherImages").GetArrayLength());
            Assert.Equal(layer.GetProperty("sha256").GetString(), Layer(disk));
        }
        using (var difference = JsonDocument.Parse(Program.Run(folder.Path, "diff", disk, first[2], "--json").Output))
            Assert.Equal(0, difference.RootElement.GetProperty("files").GetArrayLength());

        var second = Build("two", "3");
        Assert.Equal(first.Select(Digest), second.Select(Digest));

        string[] Build(string output, string jobs)
        {
            var result = Program.Run(folder.Path, "build", "minimal.yaml", "--output-dir", folder[output], "--jobs", jobs, "--progress", "plain");
            Assert.True(result.ExitCode == 0, result.ToString());
            return result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        }

        // What dd and sha256sum find in the partition, where its table says the layer is.
        static string Layer(string disk)
        {
            using var file = File.OpenRead(disk);
            var table = Tool.Run("sfdisk", "--json", disk);
            using var json = JsonDocument.Parse(table);
            var system = json.RootElement.GetProperty("partitiontable").GetProperty("partitions").EnumerateArray().Single(part => part.GetProperty("name").GetString() == "ib-system");
            file.Position = system.GetProperty("start").GetInt64() * 512;
            var head = new byte[4096];
            file.ReadExactly(head);
            var (offset, length) = (BitConverter.ToInt64(head, 56), BitConverter.ToInt64(head, 64));
            file.Position = system.GetProperty("start").GetInt64() * 512 + offset;
            var layer = new byte[length];
            file.ReadExactly(layer);
            return Convert.ToHexStringLower(SHA256.HashData(layer));
        }

        static string Digest(string path)
        {
            using var file = File.OpenRead(path);
            return Convert.ToHexStringLower(SHA256.HashData(file));
        }
    }
}
