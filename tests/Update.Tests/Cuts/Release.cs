using ImageBuilder.Linux;
using ImageBuilder.Update.Stacks;

namespace ImageBuilder.Update.Tests.Cuts;

/// <summary>A stack with its bytes: a patch of its own over a base that all share, and a boot set.</summary>
internal sealed class Release
{
    /// <summary>The factory's stack is the base alone.</summary>
    public static readonly byte[] Base = Fill("base", 700);

    public static readonly Release Old = new("old", isFactory: true);
    public static readonly Release New = new("new");
    public static readonly Release Third = new("third");
    public static readonly Release Fourth = new("fourth");

    /// <summary>What is installed after everything, to see that it can be.</summary>
    public static readonly Release Next = new("next");

    public static readonly IReadOnlyList<Release> All = [Old, New, Third, Fourth, Next];

    private Release(string name, bool isFactory = false)
    {
        Name = name;
        Boot = Fill($"boot {name}", 1024);
        Contents = isFactory ? [Base] : [Fill($"patch {name}", 1300), Base];
        Manifest = new StackManifest { Name = "device", Version = name, Layers = [.. Contents.Select(Blob)], Boot = Blob(Boot) };
        Id = Manifest.Id;
    }

    public string Name { get; }

    public StackManifest Manifest { get; }

    public StackId Id { get; }

    /// <summary>The layers' bytes, in the manifest's order.</summary>
    public IReadOnlyList<byte[]> Contents { get; }

    /// <summary>The boot set's bytes, whole sectors.</summary>
    public byte[] Boot { get; }

    public static Release Of(StackId id) => All.Single(release => release.Id == id);

    private static byte[] Fill(string text, int length) => [.. Enumerable.Range(0, length).Select(i => (byte)(text[i % text.Length] + i / 256))];

    private static StackBlob Blob(byte[] bytes)
    {
        var hash = new Sha256();
        hash.Append(bytes);
        return new StackBlob(hash.Finish(), bytes.Length);
    }
}
