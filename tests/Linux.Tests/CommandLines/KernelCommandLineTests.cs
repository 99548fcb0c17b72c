using ImageBuilder.Linux.CommandLines;

namespace ImageBuilder.Linux.Tests.CommandLines;

public class KernelCommandLineTests
{
    [Fact]
    public void Words_are_split_at_blanks_outside_quotes() =>
        Assert.Equal([new("a", null), new("b", "1"), new("c", "x y"), new("d e", "f"), new Word("g", "")], KernelCommandLine.Parse(" a b=1\tc=\"x y\" \"d e=f\" g=\n").Words);

    [Fact]
    public void An_equals_sign_in_a_value_stays() => Assert.Equal("LABEL=IBLIVE", KernelCommandLine.Parse("ib.media=LABEL=IBLIVE").Last("ib.media"));

    [Fact]
    public void The_last_word_wins() => Assert.Equal("2", KernelCommandLine.Parse("init=1 init=2").Last("init"));

    [Fact]
    public void A_quote_that_is_never_closed_runs_to_the_end() => Assert.Equal("x y z", KernelCommandLine.Parse("a=\"x y z").Last("a"));

    [Fact]
    public void Blacklists_of_all_spellings_add_up() =>
        Assert.Equal(["ata_piix", "nouveau", "uas"],
            KernelCommandLine.Parse("rd.driver.blacklist=ata-piix modprobe.blacklist=nouveau,uas").Blacklist().Order());

    [Fact]
    public void A_module_gets_its_parameters_and_no_others() =>
        Assert.Equal("delay_use=0 quirks=\"a b\" flag",
            KernelCommandLine.Parse("usb-storage.delay_use=0 usb_storage.quirks=\"a b\" usbcore.x=1 usb_storage.flag ib.debug").ModuleParameters("usb_storage"));
}
