using System.Text.Json;
using ImageBuilder.Linux.CommandLines;
using ImageBuilder.Pipeline.CommandLines;

namespace ImageBuilder.Pipeline.Tests.CommandLines;

public class CommandLineExplanationTests
{
    [Fact]
    public void What_stands_behind_two_dashes_is_for_the_real_init_alone()
    {
        var words = CommandLineExplanation.Of("ib.debug -- toram ib.medai=X").Words;
        Assert.Equal([WordVerdict.Ours, WordVerdict.Kernel, WordVerdict.Passed, WordVerdict.Passed], words.Select(word => word.Verdict));
        Assert.Equal(ToRam.No, BootReading.Of(KernelCommandLine.Parse("-- toram")).Options.ToRam);
    }

    [Theory]
    [InlineData("ib.toram", WordVerdict.Ours, "copies the root image to memory")]
    [InlineData("toram", WordVerdict.Alias, "as ib.toram")]
    [InlineData("live-media=/dev/sdb1", WordVerdict.Alias, "as ib.media=/dev/sdb1")]
    [InlineData("fromiso=/dev/sdb1/a.iso", WordVerdict.Alias, "as ib.media=/dev/sdb1 ib.iso=/a.iso")]
    [InlineData("live-media=removable", WordVerdict.Nothing, "not by how they are attached")]
    [InlineData("root=/dev/sda1", WordVerdict.Nothing, "the root is always the image")]
    [InlineData("persistence", WordVerdict.Alias, "as ib.persist; what is kept lies in the partition's folder /ib")]
    [InlineData("rd.live.overlay=/dev/sdb1:/overlay.img", WordVerdict.Alias, "as ib.data=/dev/sdb1 ib.persist")]
    [InlineData("persistence-path=/keep", WordVerdict.Nothing, "folder /ib; the console says so")]
    [InlineData("overlayroot=crypt:dev=/dev/vdb", WordVerdict.Error, "encryption is not yet supported")]
    [InlineData("overlay-size=zz", WordVerdict.Nothing, "not followed")]
    [InlineData("ib.medai=X", WordVerdict.Error, "did you mean 'ib.media'?")]
    [InlineData("ib.slot=a", WordVerdict.Ours, "the stack of the appliance's disk")]
    [InlineData("roothash=00", WordVerdict.Error, "dm-verity is not yet supported")]
    [InlineData("init=/bin/sh", WordVerdict.Kernel, "the real init")]
    [InlineData("console=ttyS0", WordVerdict.Kernel, "/dev/console")]
    [InlineData("usb-storage.delay_use=0", WordVerdict.Module, "parameter delay_use of the kernel's module usb_storage")]
    [InlineData("systemd.unit=rescue.target", WordVerdict.System, "systemd reads it")]
    [InlineData("rd.lvm.lv=x", WordVerdict.Nothing, "nothing like it")]
    [InlineData("FOO=1", WordVerdict.Passed, "in its environment")]
    [InlineData("foo", WordVerdict.Passed, "as an argument")]
    public void Every_kind_of_word_is_told_with_its_effect(string line, WordVerdict verdict, string meaning)
    {
        var word = Assert.Single(CommandLineExplanation.Of(line).Words);
        Assert.Equal(verdict, word.Verdict);
        Assert.Contains(meaning, word.Meaning);
    }

    /// <summary>What is explained is what the boot program does: its own reading, word by word.</summary>
    [Fact]
    public void The_explanation_of_every_known_word_agrees_with_what_the_boot_program_does_with_it()
    {
        foreach (var known in BootWords.All)
            foreach (var value in (string?[])[null, "", "1", "no", "auto", "10", "/dev/sdb1", "LABEL=X", "live:LABEL=X", "/a/b.iso", "tmpfs", "none", "device:dev=LABEL=X,dir=y", "/dev/sdb1:/x", "crypt:dev=/dev/vdb", "create", "P", "medium", "halt", "50%", new string('a', 32)])
            {
                var line = new Word(known.Key, value).ToString();
                var reading = BootReading.Of(KernelCommandLine.Parse(line));
                var explained = Assert.Single(CommandLineExplanation.Of(line).Words);
                Assert.Equal((line, reading.Problems.Count > 0), (line, explained.Verdict == WordVerdict.Error));
                Assert.Equal((line, reading.Warnings.Count > 0), (line, explained.Meaning.EndsWith("the console says so", StringComparison.Ordinal)));
                if (explained.Verdict is WordVerdict.Nothing or WordVerdict.Error)
                    Assert.Equal(new BootOptions(), reading.Options);
                if (explained.Ours is { } ours)
                    Assert.Equal(BootReading.Of(KernelCommandLine.Parse(ours)).Options, reading.Options);
            }
    }

    [Fact]
    public void As_JSON_it_says_whether_the_boot_goes_on()
    {
        using var right = JsonDocument.Parse(CommandLineExplanation.Of("quiet toram").ToJson());
        Assert.True(right.RootElement.GetProperty("ok").GetBoolean());
        Assert.Equal("ib.toram", right.RootElement.GetProperty("words")[1].GetProperty("ours").GetString());
        using var wrong = JsonDocument.Parse(CommandLineExplanation.Of("ib.x").ToJson());
        Assert.False(wrong.RootElement.GetProperty("ok").GetBoolean());
    }
}
