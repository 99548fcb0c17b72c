using ImageBuilder.Formats;
using ImageBuilder.Formats.Tar;
using ImageBuilder.Formats.Trees;
using ImageBuilder.Pipeline.Plan;
using ImageBuilder.Pipeline.Sources;

namespace ImageBuilder.Pipeline.Tests.Sources;

/// <summary>base.tar and base.directory.</summary>
public sealed class ReadySourceTests : IDisposable
{
    private readonly TempFolder folder = new();

    public void Dispose() => folder.Dispose();

    [ToolTheory("gzip", "xz", "zstd")]
    [InlineData("cat", 0)]
    [InlineData("gzip -c", 1)]
    [InlineData("xz -c", 1)]
    [InlineData("zstd -q -c", 1)]
    public void A_tar_is_the_same_base_however_it_is_compressed_and_called(string compressor, int cached)
    {
        Write(Root(), "plain");
        Tool.Run("sh", "-c", $"{compressor} {folder["plain"]} > {folder["root.bin"]}");
        for (var run = 0; run < 2; run++)
        {
            using var loaded = Load(new TarBase(folder["root.bin"]));
            Assert.Equal("hello", Samples.Text(loaded.Root, "/etc/motd"));
            Assert.Equal(DateTimeOffset.FromUnixTimeSeconds(1_234_567_890), loaded.Epoch); // the newest file's
            Assert.Equal("grub", Samples.Text(loaded.BootFiles, BootLoaderFiles.Grub));
        }
        var archives = Directory.Exists(folder["cache"]) ? Directory.GetFiles(folder["cache"], "*.tar", SearchOption.AllDirectories) : [];
        Assert.Equal(cached, archives.Length);
        Assert.All(archives, archive => Assert.Equal(File.ReadAllBytes(folder["plain"]), File.ReadAllBytes(archive)));
    }

    [Fact]
    public void Mount_points_that_the_base_lacks_are_made()
    {
        Write(Root(), "root.tar");
        using var loaded = Load(new TarBase(folder["root.tar"]));
        Assert.All((string[])["/dev", "/proc", "/run", "/sys", "/tmp"], path => Assert.True(loaded.Root.Find(path)!.IsDirectory));
        Assert.Equal(UnixMode.Octal1777, loaded.Root.Find("/tmp")!.Mode);
    }

    [ToolFact("gzip")]
    public void Something_compressed_that_is_no_tar_is_refused_at_its_first_bytes_and_leaves_nothing_in_the_cache()
    {
        Tool.Run("sh", "-c", $"head -c 100000000 /dev/zero | tr '\\0' x | gzip > {folder["bomb"]}");
        AssertRefused("IB3044", "no tar archive", new TarBase(folder["bomb"]));
        Assert.Empty(Directory.GetFiles(folder["cache"], "*.t*", SearchOption.AllDirectories));
    }

    [Fact]
    public void An_archive_of_a_folder_that_holds_the_root_is_told_apart_from_a_root()
    {
        var tree = new Tree();
        tree.Put("/rootfs/etc/motd", Node.File("x"));
        Write(tree, "root.tar");
        AssertRefused("IB3045", "'rootfs'", new TarBase(folder["root.tar"]));
    }

    [ToolFact("tar", "truncate")]
    public void A_sparse_file_that_would_take_hours_to_pack_is_refused_by_name()
    {
        var root = WriteFolder();
        Tool.Run("truncate", "-s", "2T", $"{root}/etc/bomb");
        AssertRefused("IB3046", "/etc/bomb alone has 2199023255552", new DirectoryBase(root));
        Tool.Run("tar", "--sparse", "-C", root, "-cf", folder["bomb.tar"], ".");
        Assert.InRange(new FileInfo(folder["bomb.tar"]).Length, 1, 1 << 20);
        AssertRefused("IB3046", "/etc/bomb alone", new TarBase(folder["bomb.tar"]));
    }

    [Fact]
    public void A_base_without_a_boot_loader_that_is_no_Debian_release_names_the_packages_and_the_key()
    {
        var tree = Root();
        tree.Remove(BootLoaderFiles.Shim);
        tree.Put("/etc/os-release", Node.File("ID=alpine\nVERSION_ID=3.22\n"));
        Write(tree, "root.tar");
        AssertRefused("IB3047", "add shim-signed to the base, or set base.bootLoader", new TarBase(folder["root.tar"]));
    }

    [Theory]
    [InlineData("ID=debian\nVERSION_CODENAME=trixie\n", "debian", "trixie")]
    [InlineData("ID=\"debian\"\nVERSION_CODENAME='x; rm'\n", "debian", null)]
    [InlineData("NAME=x\n#ID=y\n", "linux", null)]
    public void The_release_comes_from_os_release(string text, string id, string? codename)
    {
        var tree = new Tree();
        tree.Put("/usr/lib/os-release", Node.File(text));
        tree.Put("/etc/os-release", Node.Symlink("../usr/lib/os-release"));
        Assert.Equal(new OsRelease(id, codename, ""), OsRelease.Read(tree));
    }

    [Fact]
    public void A_tar_that_is_missing_is_an_error_about_the_base() => AssertRefused("IB3042", "cannot be opened", new TarBase(folder["none.tar"]));

    [Fact]
    public void Scripts_on_a_base_without_a_shell_are_refused_by_name()
    {
        Write(Root(), "root.tar");
        AssertRefused("IB3048", "no /bin/sh", new TarBase(folder["root.tar"]), "true");
    }

    [Theory]
    [InlineData("same length", "IB3049")]
    [InlineData("longer", "IB3049")]
    [InlineData("shorter", "IB3049")]
    [InlineData("replaced", "IB3049")]
    [InlineData("link", "IB3030")]
    [InlineData("pipe", "IB3049")]
    [InlineData("vanished", "IB3030")]
    public void A_file_that_changes_or_vanishes_after_the_folder_was_read_is_named(string change, string id)
    {
        var root = WriteFolder();
        using var loaded = Load(new DirectoryBase(root));
        var path = $"{root}/etc/motd";
        var content = loaded.Root.Find("/etc/motd")!.Content;
        Assert.Equal("hello", System.Text.Encoding.ASCII.GetString(content.ToArray()));
        switch (change)
        {
            case "same length":
                File.WriteAllText(path, "HELLO");
                break;
            case "longer":
                File.AppendAllText(path, "!");
                break;
            case "shorter":
                File.WriteAllText(path, "h");
                break;
            default:
                File.Delete(path);
                if (change == "replaced")
                    File.WriteAllText(path, "hello");
                else if (change == "link")
                    File.CreateSymbolicLink(path, "/etc/hostname");
                else if (change == "pipe")
                    Tool.Run("mkfifo", path);
                break;
        }
        var error = Assert.Throws<ImageException>(() => content.ToArray());
        Assert.Equal(id, error.Id);
        Assert.Contains("etc/motd", error.Message);
    }

    [RootFact("mount", "umount")]
    public void A_folder_with_another_file_system_mounted_in_it_is_refused()
    {
        var root = WriteFolder();
        Directory.CreateDirectory($"{root}/proc");
        Tool.Run("mount", "-t", "proc", "proc", $"{root}/proc");
        try
        {
            AssertRefused("IB3055", $"another file system is mounted on {root}/proc: ", new DirectoryBase(root));
        }
        finally
        {
            Tool.Run("umount", $"{root}/proc");
        }
        using var loaded = Load(new DirectoryBase(root));
        Assert.Empty(loaded.Root.Find("/proc")!.Children);
    }

    [ToolFact("/bin/busybox", "mmdebstrap")]
    public void Scripts_of_stage_base_run_in_a_root_that_is_no_Debian_and_their_result_is_cached_by_the_bases_content()
    {
        var tree = Root();
        var shell = Node.File(Content.From(File.ReadAllBytes("/bin/busybox")));
        (shell.Mode, shell.ModifiedTime) = (UnixMode.Octal0755, 1_000_000_000);
        tree.Put("/bin/busybox", shell);
        tree.Put("/bin/sh", Node.Symlink("busybox"));
        tree.Put("/dev/null", Node.Device(NodeKind.CharacterDevice, 1, 3));
        Write(tree, "root.tar");
        const string Script = "busybox test -e /etc/motd\nbusybox echo made > /etc/made; busybox rm /etc/motd";
        for (var run = 0; run < 2; run++)
        {
            using var loaded = Load(new TarBase(folder["root.tar"]), Script);
            Assert.Equal("made\n", Samples.Text(loaded.Root, "/etc/made"));
            Assert.Null(loaded.Root.Find("/etc/motd"));
            Assert.Equal(1_234_567_890, loaded.Root.Find("/etc/made")!.ModifiedTime);
            Assert.Equal(NodeKind.CharacterDevice, loaded.Root.Find("/dev/null")!.Kind);
            Assert.Null(loaded.Root.Find("/.imagebuilder"));
            Assert.Single(Directory.GetFiles(folder["cache"], "*.tar", SearchOption.AllDirectories));
        }
        var failed = Assert.Throws<ImageException>(() => Load(new TarBase(folder["root.tar"]), "exit 3"));
        Assert.Contains("number 1 of stage base ended with exit status 3", failed.Message);
    }

    /// <summary>A root as small as can be, with a boot loader of its own.</summary>
    private static Tree Root()
    {
        var tree = new Tree();
        tree.Put("/etc/motd", Node.File("hello"));
        foreach (var path in (string[])[BootLoaderFiles.HybridMbr, BootLoaderFiles.Grub, BootLoaderFiles.Shim, BootLoaderFiles.MokManager])
            tree.Put(path, Node.File(path == BootLoaderFiles.Grub ? "grub" : "x"));
        foreach (var (_, node) in tree.Walk())
            node.ModifiedTime = 1_000_000_000;
        tree.Find("/etc/motd")!.ModifiedTime = 1_234_567_890;
        return tree;
    }

    private void Write(Tree tree, string name)
    {
        using var output = File.Create(folder[name]);
        TarWriter.Write(tree, output);
    }

    private string WriteFolder()
    {
        Write(Root(), "root.tar");
        Directory.CreateDirectory(folder["root"]);
        Tool.Run("tar", "-C", folder["root"], "-xf", folder["root.tar"]);
        return folder["root"];
    }

    private BaseTree Load(ReadyBase source, string? script = null)
    {
        var plan = Samples.Plan() with { Base = source, Packages = [], Kernel = new KernelPlan(null, ""), Scripts = script is null ? [] : [new ScriptPlan(script, ScriptStage.Base, "spec.yaml:1:1")] };
        return BaseSources.For(plan, new BaseCache(folder["cache"]), new SilentReporter()).Load(refresh: false, CancellationToken.None);
    }

    private void AssertRefused(string id, string words, ReadyBase source, string? script = null)
    {
        var error = Assert.Throws<ImageException>(() => Load(source, script));
        Assert.Equal(id, error.Id);
        Assert.Contains(words, error.Message);
    }
}
