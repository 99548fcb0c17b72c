using ImageBuilder.Pipeline.Evidence;

namespace ImageBuilder.Pipeline.Tests.Evidence;

public class DeclaredLicenseTests
{
    private const string Format = "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n\n";

    [Theory]
    [InlineData("Expat", "MIT")]
    [InlineData("GPL-2+", "GPL-2.0-or-later")]
    [InlineData("LGPL-2.1", "LGPL-2.1-only")]
    [InlineData("GPL-3.0-or-later", "GPL-3.0-or-later")]
    [InlineData("GPL-1+ or Artistic-2.0", "Artistic-2.0 OR GPL-1.0-or-later")]
    [InlineData("BSD-3-clause, and ISC", null)]
    [InlineData("BSD-3-clause and ISC", "BSD-3-Clause AND ISC")]
    [InlineData("GPL-2+ with OpenSSL exception", null)]
    [InlineData("GPL-2+ and ISC or MIT", null)]
    [InlineData("GPL-9", null)]
    [InlineData("public-domain", null)]
    [InlineData("", null)]
    public void One_short_name_becomes_an_SPDX_expression_or_nothing(string license, string? expected) =>
        Assert.Equal(expected, DeclaredLicense.Of($"{Format}Files: *\nCopyright: 2020 A\nLicense: {license}\n long text\n"));

    [Fact]
    public void All_files_count_and_a_licence_text_of_its_own_does_not() =>
        Assert.Equal("(Artistic-2.0 OR GPL-1.0-or-later) AND MIT", DeclaredLicense.Of(
            Format + "Files: *\nLicense: Expat\n\nFiles: a\nLicense: GPL-1+ or Artistic-2.0\n\nFiles: b\nLicense: Expat\n\nLicense: something-else\n text\n"));

    [Fact]
    public void One_unknown_licence_makes_the_whole_unknown() =>
        Assert.Null(DeclaredLicense.Of(Format + "Files: *\nLicense: Expat\n\nFiles: a\nLicense: permissive-like-that\n"));

    [Theory]
    [InlineData("This package was debianized by hand.\nLicense: Expat\n")]
    [InlineData("Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n\nFiles: *\nLicense: Expat\nno field here\n")]
    public void What_is_not_quite_in_the_format_is_left_to_people(string text) => Assert.Null(DeclaredLicense.Of(text));
}
