using ImageBuilder.Formats.Trees;
using ImageBuilder.Pipeline.Tests.Repositories;
using ImageBuilder.Update;
using ImageBuilder.Update.Channels;
using ImageBuilder.Update.Repositories;
using ImageBuilder.Update.Signatures;
using ImageBuilder.Update.Stacks;

namespace ImageBuilder.Agent.Tests.Network;

/// <summary>What the real `imagebuilder keygen` and `publish` make of two versions of an image: the second is a patch over the first.</summary>
public sealed class PublishedRepository : IDisposable
{
    public const string Channel = "stable";
    private const int BaseLength = 6 << 20, PatchLength = 3 << 20;
    private readonly TempFolder folder = new();

    public PublishedRepository()
    {
        if (!IsThere)
            return;
        Tool.Run(BuiltProgram.Builder, "keygen", folder["release"], "--no-password");
        var tree = new Tree();
        tree.Put("/etc/motd", Node.File("one\n"));
        tree.Put("/usr/lib/large", Node.File(Content.From(Noise(BaseLength, 1))));
        Publish(tree, "1.0.0");
        tree.Put("/etc/motd", Node.File("two\n"));
        tree.Put("/opt/app/large", Node.File(Content.From(Noise(PatchLength, 2))));
        Publish(tree, "2.0.0");
        // nginx and registries may run as others.
        Tool.Run("chmod", "-R", "a+rX", folder.Path);
        var manifest = RepositoryManifest.Parse(Read(RepositoryManifest.FindInIndex(File.ReadAllBytes(Path + "/index.json"), Channel)!));
        Stack = StackManifest.Parse(Read(manifest.Of(BlobRole.Stack).First().Blob));
    }

    /// <summary>Whether imagebuilder and imageagent were built.</summary>
    internal static bool IsThere => BuiltProgram.AreThere(BuiltProgram.Builder, BuiltProgram.Agent);

    /// <summary>The repository's folder.</summary>
    internal string Path => folder["repository"];

    /// <summary>What the channel offers: the patch, and the base below it.</summary>
    internal StackManifest Stack { get; } = null!;

    /// <summary>The keys that sign.</summary>
    internal PublicKey Key => PublicKey.Parse(File.ReadAllText(folder["release.pub"]));

    /// <summary>Bytes of layers and boot set.</summary>
    internal long Download => Stack.Layers.Sum(layer => layer.Size) + Stack.Boot!.Size;

    /// <summary>A device that trusts the key, and has nothing of the stack.</summary>
    internal BootedSystem NewDevice(UpdateSettings? update = null) => new(
        settings: new ImageSettings { Name = "sample", Version = "0.9", Upper = "persistent", Update = (update ?? new UpdateSettings()) with { Keys = [new TrustedKey(Key, null)] } }, dataMiB: 96);

    /// <summary>Copies the channel into a registry.</summary>
    internal void CopyTo(string name, params string[] options) =>
        Tool.Run("skopeo", ["--insecure-policy", "copy", "--dest-tls-verify=false", .. options, $"oci:{Path}:{Channel}", $"docker://{name}:{Channel}"]);

    /// <summary>The stack is on a device, ready for its trial, and `imageagent verify` finds every byte right.</summary>
    internal void RequireInstalled(BootedSystem device)
    {
        Assert.Equal((Update.State.InstallPhase.Armed, Stack.Id, "B"), (device.Record.Phase, device.Record.B.Stack, device.Disk!.Once));
        Assert.Equal(Stack.Boot!.Sha256, device.Disk.Digest("ib-boot-b", Stack.Boot.Size));
        var (code, output, error) = device.Agent("verify");
        Assert.True(code == 0, output + error);
    }

    public void Dispose() => folder.Dispose();

    private void Publish(Tree tree, string version)
    {
        SampleDisk.Write(folder["disk.img"], [tree], version);
        Tool.Run(BuiltProgram.Builder, "publish", folder["disk.img"], "--repository", Path, "--key", folder["release.key"], "--channel", Channel);
    }

    private byte[] Read(StackBlob blob) => File.ReadAllBytes($"{Path}/blobs/sha256/{blob.Sha256}");

    private static byte[] Noise(int length, int seed)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }
}
