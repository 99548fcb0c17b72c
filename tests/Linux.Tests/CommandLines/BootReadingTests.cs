using ImageBuilder.Linux.CommandLines;

namespace ImageBuilder.Linux.Tests.CommandLines;

public class BootReadingTests
{
    [Fact]
    public void Nothing_said_means_any_medium_with_the_usual_image_under_half_of_the_memory()
    {
        var options = Parse("quiet splash console=ttyS0 root=/dev/sda1 BOOT_IMAGE=/boot/vmlinuz");
        Assert.Equal(new BootOptions { Quiet = true }, options);
        Assert.Equal(("/live/root.squashfs", null, null, TimeSpan.FromSeconds(30)), (options.Image, options.UpperSize, options.Upper, options.Timeout));
    }

    [Fact]
    public void Every_word_is_understood()
    {
        var options = Parse("ib.media=UUID=2024-02-03-10-11-12-13 ib.image=live//x.squashfs ib.upper=none ib.upper.size=256M ib.timeout=5 ib.shell ib.timeline ib.id=0123456789abcdef0123456789abcdef ib.iso=/a/b.iso ib.checksum ib.toram=auto ib.toram.size=75% ib.toram.free=64M ib.break=medium ib.failure=poweroff panic=10 init=/bin/sh ro");
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
                Id = "0123456789abcdef0123456789abcdef",
                IsoFile = "/a/b.iso",
                Checksum = true,
                ToRam = ToRam.Auto,
                ToRamSize = "75%",
                ToRamFree = 64 << 20,
                Break = "medium",
                FailureEnd = FailureEnd.PowerOff,
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
    [InlineData("root=live:CDLABEL=X", "ib.media=LABEL=X")]
    [InlineData("root=live:UUID=1-2", "ib.media=UUID=1-2")]
    [InlineData("root=/dev/sda1", "")]
    [InlineData("live-media=removable", "")]
    [InlineData("live-media-timeout=7", "ib.timeout=7")]
    [InlineData("rd.timeout=9", "ib.timeout=9")]
    [InlineData("cow_spacesize=1G", "ib.upper.size=1G")]
    [InlineData("overlay-size=70%", "ib.upper.size=70%")]
    [InlineData("rd.timeout=0", "ib.timeout=86400")]
    [InlineData("rootdelay=90", "ib.timeout=90")]
    [InlineData("rootdelay=5", "")]
    [InlineData("rootwait", "ib.timeout=86400")]
    [InlineData("rd.live.overlay.size=512", "ib.upper.size=512M")]
    [InlineData("toram", "ib.toram")]
    [InlineData("toram=filesystem.squashfs", "ib.toram")]
    [InlineData("copytoram=y", "ib.toram")]
    [InlineData("copytoram=n", "")]
    [InlineData("copytoram=auto", "ib.toram=auto")]
    [InlineData("copytoram_size=75%", "ib.toram.size=75%")]
    [InlineData("rd.live.ram=1", "ib.toram")]
    [InlineData("rd.minmem=1024", "ib.toram.free=1024M")]
    [InlineData("findiso=/iso/x.iso", "ib.iso=/iso/x.iso")]
    [InlineData("iso-scan/filename=/iso/x.iso", "ib.iso=/iso/x.iso")]
    [InlineData("\"findiso=/my isos/x.iso\"", "\"ib.iso=/my isos/x.iso\"")]
    [InlineData("fromiso=/dev/sdb1/iso/x.iso", "ib.media=/dev/sdb1 ib.iso=/iso/x.iso")]
    [InlineData("img_dev=UUID=1-2 img_loop=x.iso", "ib.media=UUID=1-2 ib.iso=/x.iso")]
    [InlineData("archisosearchuuid=2024-02-03-10-11-12-13", "ib.media=UUID=2024-02-03-10-11-12-13")]
    [InlineData("live-media-path=casper", "ib.image=/casper/root.squashfs")]
    [InlineData("rd.live.dir=LiveOS rd.live.squashimg=squashfs.img", "ib.image=/LiveOS/squashfs.img")]
    [InlineData("verify-checksums", "ib.checksum")]
    [InlineData("checksum=y", "ib.checksum")]
    [InlineData("checksum", "ib.checksum")]
    [InlineData("rd.live.check", "ib.checksum")]
    [InlineData("checksum=n", "")]
    [InlineData("break", "ib.break=medium")]
    [InlineData("break=top", "ib.break=devices")]
    [InlineData("break=bottom", "ib.break")]
    [InlineData("break=postmount", "ib.break=switch-root")]
    [InlineData("rd.break", "ib.break=switch-root")]
    [InlineData("rd.break=pre-mount", "ib.break=medium")]
    [InlineData("rd.emergency=halt", "ib.failure=halt")]
    [InlineData("rd.shell", "ib.shell")]
    [InlineData("rd.shell=0", "")]
    [InlineData("splash systemd.volatile=state rootfstype=ext4 rootflags=noatime boot=live rd.live.image", "")]
    [InlineData("rd.debug", "ib.debug")]
    public void Words_of_other_programs_mean_the_same_as_ours(string theirs, string ours) => Assert.Equal(Parse(ours), Parse(theirs));

    [Theory]
    [InlineData("persistence", "ib.persist")]
    [InlineData("persistent", "ib.persist")]
    [InlineData("nopersistence", "ib.persist=0")]
    [InlineData("nopersistent", "ib.persist=0")]
    [InlineData("nopersistence persistence", "ib.persist=0")]
    [InlineData("nopersistence ib.persist", "ib.persist")]
    [InlineData("persistence persistence-label=KEEP", "ib.persist ib.data=LABEL=KEEP")]
    [InlineData("persistence persistence-read-only", "ib.persist ib.persist.readonly")]
    [InlineData("persistence persistence-remove", "ib.persist ib.reset")]
    [InlineData("persistence-remove=false", "")]
    [InlineData("persistence-encryption=none persistence-media=removable-usb persistence-method=overlay persistence-storage=filesystem,file", "")]
    [InlineData("rd.overlay", "ib.upper=tmpfs")]
    [InlineData("rd.overlay=1", "ib.upper=tmpfs")]
    [InlineData("rd.overlay=0", "")]
    [InlineData("rd.overlay=tmpfs:size=2g", "ib.upper=tmpfs ib.upper.size=2g")]
    [InlineData("rd.overlay=LABEL=KEEP", "ib.data=LABEL=KEEP ib.persist")]
    [InlineData("rd.overlay=PARTLABEL=keep", "ib.data=PARTLABEL=keep ib.persist")]
    [InlineData("rd.live.overlay=/dev/sdb1:auto", "ib.data=/dev/sdb1 ib.persist")]
    [InlineData("rd.live.overlay=UUID=99440c1f-8daa-41bf-b965-b7240a8996f4", "ib.data=UUID=99440c1f-8daa-41bf-b965-b7240a8996f4 ib.persist")]
    [InlineData("rd.live.overlay=none", "")]
    [InlineData("rd.overlay.readonly", "ib.persist.readonly")]
    [InlineData("rd.live.overlay.readonly=1", "ib.persist.readonly")]
    [InlineData("rd.overlay.reset", "ib.reset")]
    [InlineData("rd.live.overlay.reset=0", "")]
    [InlineData("rd.live.overlay.overlayfs=1 rd.live.overlay.thin=1", "")]
    [InlineData("overlayroot=tmpfs", "ib.upper=tmpfs")]
    [InlineData("overlayroot=tmpfs:recurse=0,swap=1", "ib.upper=tmpfs")]
    [InlineData("overlayroot=/dev/vdb", "ib.data=/dev/vdb ib.persist")]
    [InlineData("overlayroot=LABEL=KEEP", "ib.data=LABEL=KEEP ib.persist")]
    [InlineData("overlayroot=device:dev=LABEL=KEEP,timeout=180,recurse=0", "ib.data=LABEL=KEEP ib.persist")]
    [InlineData("cow_label=KEEP", "ib.data=LABEL=KEEP ib.persist")]
    [InlineData("cow_device=PARTUUID=1-2", "ib.data=PARTUUID=1-2 ib.persist")]
    [InlineData("cow_persistent=N cow_label=KEEP", "ib.data=LABEL=KEEP ib.persist ib.persist=0")]
    [InlineData("cow_persistent=P", "")]
    [InlineData("systemd.volatile=overlay", "ib.persist=0")]
    public void Words_about_what_is_kept_mean_the_same_as_ours(string theirs, string ours)
    {
        Assert.Equal(Parse(ours), Parse(theirs));
        Assert.Empty(Read(theirs).Warnings);
    }

    [Theory]
    [InlineData("persistence-path=/keep", "", "folder /ib")]
    [InlineData("persistence-storage=file", "", "not in an image file")]
    [InlineData("cow_directory=/keep", "", "folder /ib")]
    [InlineData("rd.live.overlay=/dev/sdb1:/overlay.img", "ib.data=/dev/sdb1 ib.persist", "folder /ib")]
    [InlineData("overlayroot=device:dev=/dev/vdb,dir=mine", "ib.data=/dev/vdb ib.persist", "folder /ib")]
    [InlineData("rd.overlay=tmpfs:size=2g,nr_inodes=9", "ib.upper=tmpfs ib.upper.size=2g", "nr_inodes=9: not followed")]
    [InlineData("overlayroot=disabled", "", "no root without an overlay")]
    [InlineData("overlayroot=", "", "no root without an overlay")]
    [InlineData("overlayroot=device:", "", "not followed: expected device:dev=")]
    [InlineData("persistence-label=a,b", "", "not followed: expected one label")]
    public void What_is_different_about_what_is_kept_is_on_the_console(string theirs, string ours, string warning)
    {
        Assert.Equal(Parse(ours), Parse(theirs));
        Assert.Contains(warning, Assert.Single(Read(theirs).Warnings));
    }

    [Theory]
    [InlineData("overlayroot=crypt:dev=/dev/vdb,pass=x")]
    [InlineData("rd.overlay.crypt=LABEL=CRYPT")]
    [InlineData("persistence-encryption=luks")]
    [InlineData("persistent=cryptsetup")]
    public void Where_secrecy_was_asked_for_nothing_is_kept_in_the_clear(string word) => Assert.Contains("encryption is not yet supported", Problem(word));

    [Fact]
    public void Our_word_decides_over_another_programs_wherever_it_stands() =>
        Assert.Equal(new DeviceSelector("LABEL", "OURS"), Parse("ib.media=LABEL=OURS archisolabel=THEIRS").Medium);

    [Fact]
    public void The_words_of_the_disk_and_of_what_is_kept_are_understood()
    {
        var options = Parse("ib.disk=PARTUUID=1-2 ib.data=LABEL=ib-data ib.slot=factory ib.reset=abc ib.persist=create ib.persist.readonly");
        Assert.Equal(
            new BootOptions
            {
                Disk = new DeviceSelector("PARTUUID", "1-2"),
                Data = new DeviceSelector("LABEL", "ib-data"),
                Slot = SlotChoice.Factory,
                Reset = true,
                ResetToken = "abc",
                Upper = UpperKind.Persistent,
                Persistence = Persistence.Create,
                PersistentReadOnly = true,
            },
            options);
    }

    [Theory]
    [InlineData("", UpperKind.Persistent, UpperKind.Persistent)]
    [InlineData("", UpperKind.None, UpperKind.None)]
    [InlineData("ib.upper=none", UpperKind.Persistent, UpperKind.None)]
    [InlineData("ib.upper=tmpfs", UpperKind.Persistent, UpperKind.Tmpfs)]
    [InlineData("ib.upper=persistent", UpperKind.Tmpfs, UpperKind.Persistent)]
    [InlineData("ib.persist", UpperKind.Tmpfs, UpperKind.Persistent)]
    [InlineData("ib.persist=0", UpperKind.Persistent, UpperKind.Tmpfs)]
    [InlineData("ib.persist=0", UpperKind.None, UpperKind.None)]
    [InlineData("ib.persist ib.persist=0", UpperKind.Persistent, UpperKind.Tmpfs)]
    [InlineData("ib.persist=0 ib.upper=persistent", UpperKind.Tmpfs, UpperKind.Persistent)]
    [InlineData("ib.persist=create ib.upper=tmpfs", UpperKind.Persistent, UpperKind.Tmpfs)]
    [InlineData("ib.upper=tmpfs ib.persist", UpperKind.Tmpfs, UpperKind.Persistent)]
    public void The_command_line_decides_over_the_image_and_its_last_word_wins(string line, UpperKind image, UpperKind upper) =>
        Assert.Equal(upper, Parse(line).UpperOr(image));

    [Fact]
    public void A_partition_is_made_only_where_something_is_kept()
    {
        Assert.Equal(Persistence.Create, Parse("ib.persist=create ib.upper=persistent").Persistence);
        Assert.Equal(Persistence.AsImage, Parse("ib.persist=create ib.upper=tmpfs").Persistence);
        Assert.Equal(Persistence.Never, Parse("ib.persist=create ib.persist=0").Persistence);
    }

    [Theory]
    [InlineData("ib.reset", true, null)]
    [InlineData("ib.reset=2026-11-24", true, "2026-11-24")]
    [InlineData("ib.reset=1", true, "1")]
    [InlineData("ib.reset=x ib.reset=0", false, null)]
    [InlineData("ib.reset=x ib.reset", true, null)]
    public void A_reset_happens_at_every_start_or_once_for_its_token(string line, bool reset, string? token)
    {
        var options = Parse(line);
        Assert.Equal((reset, token), (options.Reset, options.ResetToken));
    }

    [Theory]
    [InlineData("roothash=0123", "not yet")]
    public void Words_of_later_work_are_refused(string word, string reason) => Assert.Contains(reason, Problem(word));

    [Theory]
    [InlineData("ib.medai=LABEL=X", "did you mean 'ib.media'?")]
    [InlineData("ib.frobnicate", "unknown word; known are ib.media, ib.id, ib.iso")]
    [InlineData("ib", "unknown word")]
    [InlineData("ib.media", "needs a value")]
    [InlineData("ib.media=", "needs a value")]
    [InlineData("ib.media=sr0", "expected LABEL=")]
    [InlineData("ib.media=LABEL=", "expected LABEL=")]
    [InlineData("ib.image=/", "expected the path")]
    [InlineData("ib.image=/../etc/shadow", "expected the path")]
    [InlineData("ib.upper=ram", "expected tmpfs, persistent or none")]
    [InlineData("ib.upper=", "needs a value")]
    [InlineData("ib.persist=perhaps", "expected create, no value, or 0")]
    [InlineData("ib.disk=vda", "expected LABEL=")]
    [InlineData("ib.disk=PARTUUID=", "expected LABEL=")]
    [InlineData("ib.data", "needs a value")]
    [InlineData("ib.slot=c", "expected a, b or factory")]
    [InlineData("ib.reset=", "expected a token")]
    [InlineData("ib.id=X", "expected 32 hexadecimal digits")]
    [InlineData("ib.iso=/../x", "expected the path")]
    [InlineData("ib.toram=perhaps", "is a switch")]
    [InlineData("ib.toram.free=50%", "expected a size")]
    [InlineData("ib.break=lunch", "expected devices, medium")]
    [InlineData("ib.failure=explode", "expected reboot")]
    [InlineData("ib.upper.size=99999999999999G", "expected a size")]
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
    public void All_problems_are_reported_at_once() => Assert.Equal(3, Read("ib.x=1 ib.slot=z ib.upper=y").Problems.Count);

    [Theory]
    [InlineData("overlay-size=much", "not followed: expected a size")]
    [InlineData("break=lunch", "no place 'lunch'")]
    [InlineData("findiso=", "not followed")]
    [InlineData("root=live:http://example.org/x.iso", "not followed")]
    public void What_another_programs_word_cannot_have_here_is_said_and_the_boot_goes_on(string word, string warning)
    {
        var reading = Read(word);
        Assert.Empty(reading.Problems);
        Assert.Contains(warning, Assert.Single(reading.Warnings));
        Assert.Equal(new BootOptions(), reading.Options);
    }

    [Fact]
    public void A_word_that_ours_overrules_says_so() =>
        Assert.Equal("ib.media= is given as well, and decides", Read("archisolabel=X ib.media=LABEL=Y").Words[0].Note);

    [Fact]
    public void Every_word_has_one_meaning_and_acts() =>
        Assert.All(BootWords.All, word => Assert.True(word.Meaning.Length > 0 && (word.Apply is null) != (word.Translate is null), word.Key));

    [Theory]
    [InlineData("50%")]
    [InlineData("256M")]
    [InlineData("2g")]
    [InlineData("1048576")]
    public void Sizes_of_tmpfs_are_taken_as_they_are(string size) => Assert.Equal(size, WordValue.TmpfsSize(size));

    [Theory]
    [InlineData("75%", 750)]
    [InlineData("2K", 2048)]
    [InlineData("17", 17)]
    public void A_size_in_bytes_follows_the_memory(string size, long bytes) => Assert.Equal(bytes, WordValue.Bytes(size, 1000));

    private static BootReading Read(string text) => BootReading.Of(KernelCommandLine.Parse(text));

    private static BootOptions Parse(string text)
    {
        var reading = Read(text);
        Assert.Empty(reading.Problems);
        return reading.Options;
    }

    private static string Problem(string word) => Assert.Single(Read(word).Problems);
}
