using ImageBuilder.Formats;
using ImageBuilder.Formats.Trees;
using ImageBuilder.Pipeline.Plan;
using ImageBuilder.Pipeline.Sources;
using ImageBuilder.Update.Folders;

namespace ImageBuilder.Pipeline.Tests.Sources;

/// <summary>base.oci: umoci and skopeo make the images, and what umoci unpacks is what we must read.</summary>
public sealed class OciSourceTests : IDisposable
{
    private readonly TempFolder folder = new();

    public void Dispose() => folder.Dispose();

    [RootFact("umoci", "skopeo", "tar")]
    public void Layers_and_whiteouts_come_to_what_umoci_unpacks_in_every_form_that_images_have()
    {
        MakeImage();
        Tool.Run("umoci", "unpack", "--image", folder["layout:latest"], folder["bundle"]);
        var expected = Describe(FolderScanner.ScanTree(folder["bundle/rootfs"]));
        Assert.Contains("/etc/kept File", expected);
        Assert.DoesNotContain("/etc/gone", expected);
        Assert.DoesNotContain("/opt/hidden", expected);
        Assert.Contains("/opt/new", expected);

        Tool.Run("skopeo", "--insecure-policy", "copy", "--dest-compress", "--dest-compress-format", "zstd", "oci:" + folder["layout:latest"], "oci:" + folder["zstd:latest"]);
        Tool.Run("skopeo", "--insecure-policy", "copy", "oci:" + folder["layout:latest"], "docker-archive:" + folder["docker.tar"] + ":x/y:latest");
        Tool.Run("tar", "-C", folder["layout"], "-cf", folder["layout.tar"], ".");
        Tool.Run("sh", "-c", $"gzip -c {folder["layout.tar"]} > {folder["layout.tar.gz"]}");
        foreach (var name in (string[])["layout", "zstd", "layout.tar", "layout.tar.gz", "docker.tar"])
        {
            using var loaded = Load(name);
            Assert.Equal($"{name}\n{expected}", $"{name}\n{Describe(loaded.Root)}");
        }
    }

    [RootFact("umoci")]
    public void A_layer_that_is_damaged_is_named_and_never_reaches_the_cache()
    {
        MakeImage();
        var layer = Directory.GetFiles(folder["layout/blobs/sha256"]).MaxBy(path => new FileInfo(path).Length)!;
        var bytes = File.ReadAllBytes(layer);
        bytes[4] ^= 1; // the time in gzip's header: no checksum of gzip's own covers it
        File.WriteAllBytes(layer, bytes);
        var error = Assert.Throws<ImageException>(() => Load("layout"));
        Assert.Equal("IB3051", error.Id);
        Assert.Contains(Path.GetFileName(layer), error.Message);
        Assert.DoesNotContain(Directory.GetFiles(folder["cache"], "*.tar", SearchOption.AllDirectories), path => new FileInfo(path).Length > 300_000);
    }

    private void MakeImage()
    {
        Directory.CreateDirectory(folder["one/etc"]);
        Directory.CreateDirectory(folder["one/opt"]);
        File.WriteAllText(folder["one/etc/kept"], "kept");
        File.WriteAllText(folder["one/etc/gone"], "gone");
        File.WriteAllText(folder["one/opt/hidden"], "hidden");
        File.WriteAllBytes(folder["one/etc/large"], System.Security.Cryptography.SHA256.HashData([1]).SelectMany(b => Enumerable.Repeat(b, 10_000)).ToArray());
        File.CreateSymbolicLink(folder["one/etc/link"], "kept");
        Tool.Run("ln", folder["one/etc/kept"], folder["one/etc/hard"]);
        foreach (var path in (string[])[BootLoaderFiles.HybridMbr, BootLoaderFiles.Grub, BootLoaderFiles.Shim, BootLoaderFiles.MokManager])
        {
            Directory.CreateDirectory(Path.GetDirectoryName(folder["one" + path])!);
            File.WriteAllText(folder["one" + path], "boot");
        }
        foreach (var name in (string[])["dev", "proc", "run", "sys", "tmp"])
            Directory.CreateDirectory(folder["one/" + name]);
        Tool.Run("chmod", "1777", folder["one/tmp"]);
        Tool.Run("chown", "12:34", folder["one/etc/kept"]);
        Directory.CreateDirectory(folder["two"]);
        File.WriteAllText(folder["two/new"], "new");
        Directory.CreateDirectory(folder["three"]);
        File.WriteAllText(folder["three/added"], "added");

        Tool.Run("umoci", "init", "--layout", folder["layout"]);
        Tool.Run("umoci", "new", "--image", folder["layout:latest"]);
        Tool.Run("umoci", "insert", "--image", folder["layout:latest"], folder["one"], "/");
        Tool.Run("umoci", "insert", "--image", folder["layout:latest"], "--whiteout", "/etc/gone");
        Tool.Run("umoci", "insert", "--image", folder["layout:latest"], "--opaque", folder["two"], "/opt");
        Tool.Run("umoci", "insert", "--image", folder["layout:latest"], folder["three/added"], "/tmp/added");
        Tool.Run("umoci", "gc", "--layout", folder["layout"]);
    }

    private BaseTree Load(string name)
    {
        var plan = Samples.Plan() with { Base = new OciBase(folder[name]), Packages = [], Kernel = new KernelPlan(null, "") };
        return BaseSources.For(plan, new BaseCache(folder["cache"]), new SilentReporter()).Load(refresh: false, CancellationToken.None);
    }

    private static string Describe(Tree tree)
    {
        var groups = new Dictionary<Node, string>(ReferenceEqualityComparer.Instance);
        return string.Join('\n', tree.Walk().Select(entry =>
        {
            var (path, node) = entry;
            var first = groups.TryGetValue(node, out var known) ? known : groups[node] = path;
            var content = node.Kind == NodeKind.File ? Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(node.Content.ToArray()))[..16] : "";
            return $"{path} {node.Kind} {node.Mode:x} {node.Uid}:{node.Gid} {node.TargetText} {content} {first}";
        }));
    }
}
