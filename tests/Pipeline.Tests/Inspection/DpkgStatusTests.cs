using ImageBuilder.Formats;
using ImageBuilder.Formats.Trees;
using ImageBuilder.Pipeline.Inspection;

namespace ImageBuilder.Pipeline.Tests.Inspection;

public class DpkgStatusTests
{
    private const string Status = """
        Package: zlib1g
        Status: install ok installed
        Installed-Size: 165
        Maintainer: Mark Brown <broonie@debian.org>
        Architecture: amd64
        Multi-Arch: same
        Source: zlib (1:1.3.dfsg+really1.3.1-1)
        Version: 1:1.3.dfsg+really1.3.1-1+b1
        Pre-Depends: first
        Depends: libc6 (>= 2.14), a | b
        Homepage: http://zlib.net/
        Description: compression library
         Several lines
         .
         of text: with a colon.

        # a comment
        Package: bash
        Status: deinstall ok config-files
        Architecture: amd64
        Version: 5.2

        """;

    [Fact]
    public void Packages_come_with_their_fields_in_byte_order_of_their_names()
    {
        var dpkg = DpkgStatus.Read(Sample())!;
        Assert.Equal(["bash", "zlib1g"], dpkg.Packages.Select(package => package.Name));
        var zlib = Assert.Single(dpkg.Installed);
        Assert.Equal(("zlib", "1:1.3.dfsg+really1.3.1-1", "1:1.3.dfsg+really1.3.1-1+b1"), (zlib.Source, zlib.SourceVersion, zlib.Version));
        Assert.Equal(["first", "libc6 (>= 2.14)", "a | b"], zlib.Depends);
        Assert.Equal((165, "Mark Brown <broonie@debian.org>", "http://zlib.net/"), (zlib.InstalledSize, zlib.Maintainer, zlib.Homepage));
        Assert.Equal(("bash", "5.2", "bash 5.2 (amd64)"), (dpkg.Packages[0].Source, dpkg.Packages[0].SourceVersion, dpkg.Packages[0].ToString()));
    }

    [Fact]
    public void File_lists_are_found_with_and_without_the_architecture_in_their_name()
    {
        var dpkg = DpkgStatus.Read(Sample())!;
        Assert.Equal(["/usr", "/usr/lib/libz.so.1"], dpkg.FilesOf(dpkg.Packages[1]));
        Assert.Equal(["/bin/bash"], dpkg.FilesOf(dpkg.Packages[0]));
        Assert.Equal("0123456789abcdef0123456789abcdef", dpkg.DigestsOf(dpkg.Packages[0])["bin/bash"]);
        Assert.Empty(dpkg.DigestsOf(dpkg.Packages[1]));
    }

    [Fact]
    public void A_file_shipped_through_a_linked_folder_has_its_owner_where_it_really_is()
    {
        var dpkg = DpkgStatus.Read(Sample())!;
        Assert.Equal([("/usr/bin/bash", "bash"), ("/usr/lib/libz.so.1", "zlib1g")],
            dpkg.Owners().Select(owner => (owner.Key, owner.Value.Name)).Order());
    }

    [Fact]
    public void One_file_per_package_is_a_database_too()
    {
        var tree = new Tree();
        tree.Put("/var/lib/dpkg/status.d/base", Node.File("Package: base-files\nVersion: 13\nArchitecture: amd64\n"));
        tree.Put("/var/lib/dpkg/status.d/base.md5sums", Node.File("0123456789abcdef0123456789abcdef  etc/issue\n"));
        Assert.Equal("base-files 13 (amd64)", Assert.Single(DpkgStatus.Read(tree)!.Installed).ToString());
    }

    [Fact]
    public void A_tree_without_a_database_has_none() => Assert.Null(DpkgStatus.Read(new Tree()));

    [Theory]
    [InlineData("Package: a\nrubbish\n", "IB5300", "line 2")]
    [InlineData(" goes on with nothing\n", "IB5300", "line 1")]
    [InlineData("Status: install ok installed\n", "IB5301", "Status")]
    public void A_damaged_database_is_an_error_that_says_where(string text, string id, string where)
    {
        var tree = new Tree();
        tree.Put("/var/lib/dpkg/status", Node.File(text));
        var error = Assert.Throws<ImageException>(() => DpkgStatus.Read(tree));
        Assert.Equal(id, error.Id);
        Assert.Contains(where, error.Message);
    }

    private static Tree Sample()
    {
        var tree = Samples.Debian();
        tree.Put("/usr/lib/libz.so.1", Node.File("library"));
        tree.Put("/var/lib/dpkg/status", Node.File(Status));
        tree.Put("/var/lib/dpkg/info/zlib1g:amd64.list", Node.File("/.\n/usr\n/usr/lib/libz.so.1\n"));
        tree.Put("/var/lib/dpkg/info/bash.list", Node.File("/.\n/bin/bash\n"));
        tree.Put("/var/lib/dpkg/info/bash.md5sums", Node.File("0123456789abcdef0123456789abcdef  bin/bash\n"));
        return tree;
    }
}
