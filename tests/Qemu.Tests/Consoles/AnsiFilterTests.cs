using System.Text;
using ImageBuilder.Qemu.Consoles;

namespace ImageBuilder.Qemu.Tests.Consoles;

public sealed class AnsiFilterTests
{
    [Theory]
    [InlineData("\e[1;32mOK\e[0m", "OK")]                                   // colours
    [InlineData("a\e[2J\e[01;01Hb", "ab")]                                  // GRUB clears the screen
    [InlineData("\e[=3h\e[?7lx", "x")]                                      // SeaBIOS and the UEFI shell
    [InlineData("\e]0;title\ax\e]0;other\e\\y", "xy")]                      // window titles, both ends
    [InlineData("\ePq data\e\\z", "z")]                                     // a device control string
    [InlineData("\e(B\e7x\e8y", "xy")]                                      // character set, save and restore
    [InlineData("one\r\ntwo\tthree\b\0", "one\ntwo\tthree")]
    [InlineData("[    1.0] text [OK]", "[    1.0] text [OK]")]
    [InlineData("grüße ✓", "grüße ✓")]
    public void Escape_sequences_and_controls_go_and_text_stays(string raw, string text) =>
        Assert.Equal(text, new AnsiFilter().Filter(Encoding.UTF8.GetBytes(raw)));

    [Fact]
    public void A_sequence_may_be_cut_anywhere()
    {
        const string Raw = "a\e[1;32mgrün\e[0m\e]0;t\e\\\e(B✓\r\n";
        var bytes = Encoding.UTF8.GetBytes(Raw);
        for (var cut = 0; cut <= bytes.Length; cut++)
        {
            var filter = new AnsiFilter();
            Assert.Equal("agrün✓\n", filter.Filter(bytes.AsSpan(0, cut)) + filter.Filter(bytes.AsSpan(cut)));
        }
    }
}
