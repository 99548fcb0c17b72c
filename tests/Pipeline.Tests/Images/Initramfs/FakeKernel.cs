using ImageBuilder.Formats.Compression;
using ImageBuilder.Formats.Trees;
using System.IO.Compression;
using System.Text;

namespace ImageBuilder.Pipeline.Tests.Images.Initramfs;

/// <summary>A tree with a kernel and its modules, as a distribution would install them.</summary>
internal sealed class FakeKernel
{
    public const string Version = "6.12.0-test";
    private const string Folder = "/usr/lib/modules/" + Version;
    private readonly StringBuilder dependencies = new();
    private readonly StringBuilder aliases = new();
    private readonly StringBuilder softDependencies = new();
    private readonly StringBuilder builtin = new();

    public Tree Tree { get; } = new();

    public FakeKernel()
    {
        Tree.Put("/boot/vmlinuz-" + Version, Node.File("kernel"));
        Tree.Put("/lib", Node.Symlink("usr/lib"));
    }

    /// <summary>What the fake module's file holds when it is plain.</summary>
    public static byte[] Plain(string name) => Encoding.UTF8.GetBytes($"\u007fELF module {name}\n");

    public FakeKernel Module(string path, string[]? needs = null)
    {
        var name = Path.GetFileName(path);
        name = name[..name.IndexOf(".ko", StringComparison.Ordinal)].Replace('-', '_');
        var plain = Plain(name);
        Tree.Put($"{Folder}/{path}", Node.File(Content.From(Path.GetExtension(path) switch { ".zst" => Zstd.Compress(plain, 3), ".gz" => Gzip(plain), _ => plain })));
        dependencies.Append($"{path}:{string.Concat((needs ?? []).Select(need => " " + need))}\n");
        return this;
    }

    public FakeKernel Alias(string pattern, string module)
    {
        aliases.Append($"alias {pattern} {module}\n");
        return this;
    }

    public FakeKernel SoftDependency(string line)
    {
        softDependencies.Append($"softdep {line}\n");
        return this;
    }

    public FakeKernel BuiltIn(string path)
    {
        builtin.Append(path).Append('\n');
        return this;
    }

    /// <summary>The modules that every start needs, plain.</summary>
    public FakeKernel Root() => Module("kernel/drivers/block/loop.ko").Module("kernel/fs/squashfs/squashfs.ko").Module("kernel/fs/overlayfs/overlay.ko");

    public Tree Build()
    {
        Tree.Put($"{Folder}/modules.dep", Node.File(dependencies.ToString()));
        Tree.Put($"{Folder}/modules.alias", Node.File("# Aliases extracted from modules themselves.\n" + aliases));
        Tree.Put($"{Folder}/modules.softdep", Node.File("# Soft dependencies extracted from modules themselves.\n" + softDependencies));
        Tree.Put($"{Folder}/modules.builtin", Node.File(builtin.ToString()));
        return Tree;
    }

    private static byte[] Gzip(byte[] plain)
    {
        using var output = new MemoryStream();
        using (var gzip = new GZipStream(output, CompressionLevel.Optimal))
            gzip.Write(plain);
        return output.ToArray();
    }
}
