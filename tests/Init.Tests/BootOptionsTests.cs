namespace ImageBuilder.Init.Tests;

public class BootOptionsTests
{
    [Fact]
    public void Nothing_said_means_any_medium_with_the_usual_image_under_half_of_the_memory()
    {
        var options = Parse("quiet splash console=ttyS0 root=/dev/sda1 BOOT_IMAGE=/boot/vmlinuz");
        Assert.Equal(new BootOptions { Quiet = true }, options);
        Assert.Equal(("/live/root.squashfs", "50%", UpperKind.Tmpfs, TimeSpan.FromSeconds(30)), (options.Image, options.UpperSize, options.Upper, options.Timeout));
    }

    [Fact]
    public void Every_word_is_understood()
    {
        var options = Parse("ib.media=UUID=2024-02-03-10-11-12-13 ib.image=live//x.squashfs ib.upper=none ib.upper.size=256M ib.timeout=5 ib.shell ib.timeline panic=10 init=/bin/sh ro");
        Assert.Equal(
            new BootOptions
            {
                Medium = new DeviceSelector("UUID", "2024-02-03-10-11-12-13"),
                Image = "/live/x.squashfs",
                Upper = UpperKind.None,
                UpperSize = "256M",
                Timeout = TimeSpan.FromSeconds(5),
                Shell = true,
                ShowTimeline = true,
                Panic = 10,
                RealInit = "/bin/sh",
                ReadOnly = true,
            },
            options);
    }

    [Fact]
    public void Debug_means_prompt_and_timeline_too()
    {
        var options = Parse("ib.debug");
        Assert.True(options is { Debug: true, Shell: true, ShowTimeline: true });
    }

    [Theory]
    [InlineData("live-media=/dev/sdb1", "ib.media=/dev/sdb1")]
    [InlineData("bootfrom=/dev/sr0", "ib.media=/dev/sr0")]
    [InlineData("archisolabel=ARCH_2026", "ib.media=LABEL=ARCH_2026")]
    [InlineData("archisodevice=/dev/disk/by-label/A\\x20B", "ib.media=\"LABEL=A B\"")]
    [InlineData("root=live:CDLABEL=X", "")]
    [InlineData("root=live:UUID=1-2", "ib.media=UUID=1-2")]
    [InlineData("root=/dev/sda1", "")]
    [InlineData("live-media=removable", "")]
    [InlineData("live-media-timeout=7", "ib.timeout=7")]
    [InlineData("rd.timeout=9", "ib.timeout=9")]
    [InlineData("cow_spacesize=1G", "ib.upper.size=1G")]
    [InlineData("overlay-size=70%", "ib.upper.size=70%")]
    [InlineData("rd.shell", "ib.shell")]
    [InlineData("rd.shell=0", "")]
    [InlineData("rd.debug", "ib.debug")]
    public void Words_of_other_programs_mean_the_same_as_ours(string theirs, string ours) => Assert.Equal(Parse(ours), Parse(theirs));

    [Fact]
    public void Our_word_decides_over_another_programs_wherever_it_stands() =>
        Assert.Equal(new DeviceSelector("LABEL", "OURS"), Parse("ib.media=LABEL=OURS archisolabel=THEIRS").Medium);

    [Theory]
    [InlineData("ib.upper=persistent", "not yet")]
    [InlineData("ib.disk=PARTUUID=1", "not yet")]
    [InlineData("ib.data=LABEL=ib-data", "not yet")]
    [InlineData("ib.slot=a", "not yet")]
    [InlineData("ib.reset=1", "not yet")]
    [InlineData("ib.toram", "not yet")]
    public void Words_of_later_work_are_refused(string word, string reason) => Assert.Contains(reason, Problem(word));

    [Theory]
    [InlineData("ib.medai=LABEL=X", "did you mean ib.media?")]
    [InlineData("ib.frobnicate", "unknown word; known are ib.debug, ib.image")]
    [InlineData("ib", "unknown word")]
    [InlineData("ib.media", "needs a value")]
    [InlineData("ib.media=", "needs a value")]
    [InlineData("ib.media=sr0", "expected LABEL=")]
    [InlineData("ib.media=LABEL=", "expected LABEL=")]
    [InlineData("ib.image=/", "expected the path")]
    [InlineData("ib.image=/../etc/shadow", "expected the path")]
    [InlineData("ib.upper=ram", "expected tmpfs or none")]
    [InlineData("ib.timeout=soon", "expected a number")]
    [InlineData("ib.timeout=-1", "expected a number")]
    [InlineData("ib.shell=maybe", "is a switch")]
    [InlineData("ib.upper.size=0", "expected a size")]
    [InlineData("ib.upper.size=150%", "more than 100%")]
    [InlineData("ib.upper.size=1G,nr_inodes=1", "expected a size")]
    public void What_cannot_be_followed_is_said_with_the_word(string word, string reason)
    {
        var problem = Problem(word);
        Assert.StartsWith(word, problem);
        Assert.Contains(reason, problem);
    }

    [Fact]
    public void All_problems_are_reported_at_once()
    {
        BootOptions.Parse(KernelCommandLine.Parse("ib.x=1 ib.toram ib.upper=y"), out var problems);
        Assert.Equal(3, problems.Count);
    }

    [Theory]
    [InlineData("50%")]
    [InlineData("256M")]
    [InlineData("2g")]
    [InlineData("1048576")]
    public void Sizes_of_tmpfs_are_taken_as_they_are(string size) => Assert.Equal(size, BootOptions.TmpfsSize(size));

    private static BootOptions Parse(string text)
    {
        var options = BootOptions.Parse(KernelCommandLine.Parse(text), out var problems);
        Assert.Empty(problems);
        return options;
    }

    private static string Problem(string word)
    {
        BootOptions.Parse(KernelCommandLine.Parse(word), out var problems);
        return Assert.Single(problems);
    }
}
