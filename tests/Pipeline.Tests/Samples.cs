using ImageBuilder.Formats.Trees;
using ImageBuilder.Pipeline.Plan;

namespace ImageBuilder.Pipeline.Tests;

/// <summary>Small trees and plans that tests start from.</summary>
internal static class Samples
{
    public const long Time = 1_700_000_000;

    /// <summary>A plan with every default and nothing asked for.</summary>
    public static BuildPlan Plan() => new()
    {
        Name = "sample",
        Version = "1.0.0",
        Architecture = "amd64",
        Base = new DebianBase { Suite = "trixie", Mirror = "http://deb.debian.org/debian", Variant = "minbase", Components = ["main"], Sources = [], Recommends = false },
        Packages = ["linux-image-amd64"],
        ImpliedPackages = [],
        LocalPackages = [],
        Kernel = new KernelPlan("linux-image-amd64", "console=tty0"),
        Hostname = "sample",
        Locale = "C.UTF-8",
        Timezone = "UTC",
        Users = [],
        Services = new ServicesPlan([], []),
        Files = [],
        Scripts = [],
        Compression = new CompressionPlan("zstd", 15),
        Upper = new UpperPlan("tmpfs", "50%"),
        Drivers = new DriversPlan("generic", []),
        Keep = new KeepPlan(false, false),
        Outputs = [OutputKind.Iso],
        Limits = new LimitsPlan(null, null, null),
        SpecFolder = "/",
    };

    /// <summary>A user of a plan.</summary>
    public static UserPlan User(string name) => new() { Name = name, SshKeys = [], Groups = [] };

    /// <summary>The parts of a Debian root file system that layers look at.</summary>
    public static Tree Debian()
    {
        var tree = new Tree();
        tree.EnsureDirectory("/usr/bin");
        tree.Put("/bin", Node.Symlink("usr/bin"));
        tree.Put("/usr/bin/bash", Node.File("bash"));
        tree.Put("/usr/bin/sh", Node.Symlink("bash"));
        tree.Put("/etc/passwd", Node.File("root:x:0:0:root:/root:/bin/bash\ndaemon:x:1:1::/usr/sbin:/usr/sbin/nologin\n"));
        tree.Put("/etc/group", Node.File("root:x:0:\ndaemon:x:1:\nsudo:x:27:\n"));
        tree.Put("/etc/shadow", Secret("root:*:1:0:99999:7:::\ndaemon:*:1:0:99999:7:::\n"));
        tree.Put("/etc/gshadow", Secret("root:*::\ndaemon:*::\nsudo:*::\n"));
        tree.Put("/etc/skel/.profile", Node.File("# profile\n"));
        tree.EnsureDirectory("/root").Mode = 0x1C0;
        tree.EnsureDirectory("/home");
        return tree;
    }

    /// <summary>The text of a file in a tree.</summary>
    public static string Text(Tree tree, string path) =>
        System.Text.Encoding.UTF8.GetString((tree.Resolve(path) ?? throw new FileNotFoundException(path)).Content.ToArray());

    private static Node Secret(string text)
    {
        var node = Node.File(text);
        (node.Mode, node.Gid) = (0x1A0, 42);
        return node;
    }
}
