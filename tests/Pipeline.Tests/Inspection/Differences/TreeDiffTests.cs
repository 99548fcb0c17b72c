using ImageBuilder.Formats.Trees;
using ImageBuilder.Pipeline.Inspection;
using ImageBuilder.Pipeline.Inspection.Differences;

namespace ImageBuilder.Pipeline.Tests.Inspection.Differences;

public class TreeDiffTests
{
    private static readonly HashSet<string> Nothing = [];

    [Fact]
    public void Trees_of_the_same_files_have_no_differences() => Assert.Empty(Compare(Sample(), Sample()));

    [Fact]
    public void Files_that_only_one_tree_has_are_added_or_removed_with_everything_below_them()
    {
        var after = Sample();
        after.Remove("/etc");
        after.Put("/opt/app/run", Node.File("run"));

        Assert.Equal(["- /etc", "- /etc/hostname", "- /etc/link", "+ /opt", "+ /opt/app", "+ /opt/app/run"],
            Compare(Sample(), after).Select(file => $"{(file.Change == FileChange.Added ? '+' : '-')} {file.Path}"));
    }

    [Fact]
    public void Each_thing_a_file_system_keeps_of_a_file_is_an_aspect_of_its_own()
    {
        Changed("content", "5 bytes", "6 bytes", tree => tree.Put("/etc/hostname", With(tree, "/etc/hostname", Node.File("longer"))));
        Changed("content", "5 bytes", "5 bytes, from byte 3 on", tree => tree.Put("/etc/hostname", With(tree, "/etc/hostname", Node.File("namXx"))));
        Changed("mode", "0644", "4755", tree => tree.Find("/etc/hostname")!.Mode = 0b100_111_101_101);
        Changed("owner", "0:0", "1000:50", tree => (tree.Find("/etc/hostname")!.Uid, tree.Find("/etc/hostname")!.Gid) = (1000, 50));
        Changed("mtime", "1970-01-01 00:00:00", "2023-11-14 22:13:20", tree => tree.Find("/etc/hostname")!.ModifiedTime = Samples.Time);
        Changed("xattrs", "", "user.note=6869", tree => tree.Find("/etc/hostname")!.Xattrs["user.note"] = "hi"u8.ToArray());
        Changed("target", "hostname", "elsewhere", tree => tree.Find("/etc/link")!.Target = "elsewhere"u8.ToArray(), "/etc/link");
        Changed("device", "5:1", "5:2", tree => tree.Find("/console")!.DeviceMinor = 2, "/console");
        Changed("type", "file", "named pipe", tree => tree.Put("/etc/hostname", new Node(NodeKind.Fifo)));
        Changed("links", "/a /b", "", tree => tree.Put("/b", Node.File("linked")), "/a");

        static Node With(Tree tree, string path, Node node)
        {
            node.Mode = tree.Find(path)!.Mode;
            return node;
        }
    }

    [Fact]
    public void A_file_that_becomes_a_folder_changes_its_type_and_gains_files()
    {
        var after = Sample();
        after.Remove("/etc/hostname");
        after.Put("/etc/hostname/inside", Node.File("x"));
        var found = Compare(Sample(), after);

        Assert.Equal(["/etc/hostname", "/etc/hostname/inside"], found.Select(file => file.Path));
        Assert.Contains(found[0].Aspects, aspect => aspect is { Name: "type", Before: "file", After: "folder" });
        Assert.Equal(FileChange.Added, found[1].Change);
    }

    [Fact]
    public void Ignored_aspects_do_not_count()
    {
        var after = Sample();
        foreach (var (_, node) in after.Walk())
            node.ModifiedTime = Samples.Time;
        after.Find("/etc/hostname")!.Uid = 7;

        Assert.Equal("owner", Assert.Single(Assert.Single(Compare(Sample(), after, "mtime")).Aspects).Name);
        Assert.Empty(Compare(Sample(), after, "mtime", "owner"));
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1_048_575, 3_000_000)]
    [InlineData(1_048_576, 1_048_577)]
    [InlineData(2_999_999, 3_000_000)]
    public void The_first_differing_byte_is_found_wherever_it_lies(int offset, int length)
    {
        var (left, right) = (new byte[length], new byte[length]);
        right[offset] = 1;

        Assert.Equal(offset, Content.From(left).FirstDifference(Content.From(right)));
        Assert.Equal(-1, Content.From(left).FirstDifference(Content.From(left.ToArray())));
    }

    [Fact]
    public void Packages_are_added_removed_upgraded_and_downgraded()
    {
        var before = Debian("apt 2.6.1", "bash 5.2-1", "libc6 2.36", "nano 7.2", "tar 1:1.0");
        var after = Debian("apt 3.0.3", "bash 5.2-1", "libc6 2.36~rc1", "sudo 1.9", "tar 2.0");

        Assert.Equal(["apt upgraded", "libc6 downgraded", "nano removed", "sudo added", "tar downgraded"],
            PackageDifference.Between(before, after)!.Select(package => $"{package.Name} {package.Change}"));
        Assert.Null(PackageDifference.Between(before, null));
    }

    [Fact]
    public void Sizes_are_summed_by_top_folder_and_hard_links_count_once()
    {
        var after = Sample();
        after.Put("/etc/big", Node.File(Content.From(new byte[1000])));

        Assert.Equal([new("/", 6, 6), new("/etc", 5, 1005)], FolderDifference.Between(Sample(), after));
    }

    [Fact]
    public void The_text_begins_with_a_summary_and_cuts_a_long_list()
    {
        var after = Sample();
        for (var i = 0; i < 100; i++)
            after.Put($"/new/{i:000}", Node.File("x"));
        var differences = Whole(Sample(), after);
        var text = DifferencesText.Write(differences, all: false);

        Assert.Contains("files         101 added\n", text, StringComparison.Ordinal);
        Assert.Contains("+ /new/038  1 byte\n  … and 61 more; --all lists them\n", text, StringComparison.Ordinal);
        Assert.Contains("+ /new/099  1 byte\n", DifferencesText.Write(differences, all: true), StringComparison.Ordinal);
        Assert.Equal("", DifferencesText.Write(Whole(Sample(), Sample()), all: true));
        Assert.Equal(101, System.Text.Json.JsonDocument.Parse(DifferencesJson.Write(differences)).RootElement.GetProperty("files").GetArrayLength());
    }

    private static ImageDifferences Whole(Tree before, Tree after) => new()
    {
        Before = "a",
        After = "b",
        Boot = [],
        Medium = [],
        Files = Compare(before, after),
        Packages = null,
        Folders = FolderDifference.Between(before, after),
    };

    private static void Changed(string aspect, string before, string after, Action<Tree> change, string path = "/etc/hostname")
    {
        var changed = Sample();
        change(changed);
        var found = Assert.Single(Compare(Sample(), changed), file => file.Path == path);
        Assert.Equal(new Aspect(aspect, before, after), Assert.Single(found.Aspects, one => one.Name == aspect));
    }

    private static IReadOnlyList<FileDifference> Compare(Tree before, Tree after, params string[] ignore) =>
        TreeDiff.Compare(before, after, ignore.Length == 0 ? Nothing : ignore.ToHashSet(), CancellationToken.None);

    private static DpkgStatus Debian(params string[] packages)
    {
        var tree = new Tree();
        tree.Put("/var/lib/dpkg/status", Node.File(string.Concat(packages.Select(package => package.Split(' '))
            .Select(package => $"Package: {package[0]}\nStatus: install ok installed\nArchitecture: amd64\nVersion: {package[1]}\n\n"))));
        return DpkgStatus.Read(tree)!;
    }

    private static Tree Sample()
    {
        var tree = new Tree();
        var linked = Node.File("linked");
        tree.Put("/a", linked);
        tree.Put("/b", linked);
        tree.Put("/console", Node.Device(NodeKind.CharacterDevice, 5, 1));
        tree.Put("/etc/hostname", Node.File("name\n"));
        tree.Put("/etc/link", Node.Symlink("hostname"));
        return tree;
    }
}
