namespace ImageBuilder.Linux.CommandLines;

// Words that users of live-boot, casper, initramfs-tools, dracut and archiso know. Each means here what it means there, or says that it
// changes nothing here and why. What they can say beyond ours is not translated.
public static partial class BootWords
{
    private const string LiveBoot = "live-boot", Casper = "live-boot, casper", Dracut = "dracut", Archiso = "archiso", Tools = "initramfs-tools";
    private const string AlwaysLayers = "the root is always the image on the medium, as an overlay";

    private static readonly BootWord[] Aliases =
    [
        // Memory
        new("toram", Casper, "[=NAME]", "copies to memory") { Translate = value => Translation.To("ib.toram", null, value is null ? null : "there is one image, and it is the one that is copied") },
        new("copytoram", Archiso, "[=y|n|auto]", "copies to memory") { Translate = value => Translation.To("ib.toram", value is "auto" ? value : WordValue.Flag(value) ? null : "0") },
        new("copytoram_size", Archiso, "=SIZE", "the most that the copy may take") { Translate = value => Translation.To("ib.toram.size", WordValue.TmpfsSize(value)) },
        new("rd.live.ram", Dracut, "[=1]", "copies to memory") { Translate = value => Translation.To("ib.toram", WordValue.Flag(value) ? null : "0") },
        new("rd.minmem", Dracut, "=MEGABYTES", "what must stay free beside the copy") { Translate = value => Translation.To("ib.toram.free", $"{WordValue.Number(value, 1, 1 << 24)}M") },

        // Where the medium is
        new("live-media", Casper, "=DEVICE", "where the medium is") { Translate = LiveMedia },
        new("bootfrom", LiveBoot, "=DEVICE", "where the medium is") { Translate = LiveMedia },
        new("live-media-path", Casper, "=FOLDER", "the folder of the root image") { Translate = value => Folder(value) },
        new("live-media-timeout", LiveBoot, "=SECONDS", "how long to wait for the medium") { Translate = value => Translation.To("ib.timeout", Seconds(value)) },
        new("findiso", LiveBoot, "=/PATH.iso", "the medium is an ISO file on a partition") { Translate = Iso },
        new("fromiso", LiveBoot, "=/dev/X/PATH.iso", "the medium is an ISO file on a partition") { Translate = FromIso },
        new("isofrom", LiveBoot, "=/dev/X/PATH.iso", "the medium is an ISO file on a partition") { Translate = FromIso },
        new("iso-scan/filename", "casper, dracut", "=/PATH.iso", "the medium is an ISO file on a partition") { Translate = Iso },
        new("img_dev", Archiso, "=DEVICE", "the partition with the ISO file") { Translate = value => Translation.To("ib.media", Device(value)) },
        new("img_loop", Archiso, "=/PATH.iso", "the medium is an ISO file on a partition") { Translate = Iso },
        new("archisolabel", Archiso, "=LABEL", "the medium by its label") { Translate = value => Translation.To("ib.media", "LABEL=" + WordValue.Required(value)) },
        new("archisodevice", Archiso, "=DEVICE", "where the medium is") { Translate = value => Translation.To("ib.media", Device(value)) },
        new("archisosearchuuid", Archiso, "=UUID", "the medium by its identifier") { Translate = value => Translation.To("ib.media", "UUID=" + WordValue.Required(value)) },
        new("archisobasedir", Archiso, "=FOLDER", "the folder of the root image") { Translate = value => Folder(value) },
        new("root", "kernel, dracut", "=live:DEVICE", "the medium, when it begins with live:") { Translate = Root },
        new("rd.live.dir", Dracut, "=FOLDER", "the folder of the root image") { Translate = value => Folder(value) },
        new("rd.live.squashimg", Dracut, "=NAME", "the file of the root image")
            { Translate = value => WordValue.Required(value).Contains('/') ? throw new FormatException("expected a file's name") : Translation.To("ib.image", "./" + value) },
        new("rd.timeout", Dracut, "=SECONDS", "how long to wait for the medium") { Translate = value => Translation.To("ib.timeout", Seconds(value) is "0" ? $"{Day}" : value, value is "0" ? "0 is for ever: a day" : null) },
        new("rd.live.image", Dracut, "", "starts a live image") { Translate = _ => Translation.Nothing("every start is one of a live image") },
        new("boot", Casper, "=live|casper", "starts a live image") { Translate = _ => Translation.Nothing("every start is one of a live image") },

        // Is the medium whole
        new("verify-checksums", LiveBoot, "", "compares the medium with its sums") { Translate = value => Translation.To("ib.checksum", WordValue.Flag(value) ? null : "0", "and goes on when it is right") },
        new("checksum", Archiso, "[=y|n]", "compares the medium with its sums") { Translate = value => Translation.To("ib.checksum", WordValue.Flag(value) ? null : "0") },
        new("rd.live.check", Dracut, "", "compares the medium with its sums") { Translate = value => Translation.To("ib.checksum", WordValue.Flag(value) ? null : "0") },
        new("roothash", "dracut, veritysetup", "=HASH", "the root image's dm-verity hash") { Apply = (_, _) => throw new FormatException("dm-verity is not yet supported, and less than was asked for is not started") },

        // What went wrong
        new("break", Tools, "[=PLACE]", "a prompt on the way") { Translate = value => Break(value ?? "premount") },
        new("rd.break", Dracut, "[=PLACE]", "a prompt on the way") { Translate = value => Break(value ?? "pre-pivot") },
        new("rd.shell", Dracut, "[=0]", "a prompt when the boot fails") { Translate = value => Translation.To("ib.shell", WordValue.Flag(value) ? null : "0") },
        new("rd.debug", Dracut, "", "logs everything") { Translate = value => Translation.To("ib.debug", WordValue.Flag(value) ? null : "0") },
        new("rd.emergency", Dracut, "=reboot|poweroff|halt", "what a boot that failed ends in") { Translate = value => Translation.To("ib.failure", value) },

        new("rootfstype", Kernel, "=TYPES", "the root's file system") { Translate = _ => Translation.Nothing(AlwaysLayers) },
        new("rootflags", Kernel, "=OPTIONS", "how the root is mounted") { Translate = _ => Translation.Nothing(AlwaysLayers) },
        new("splash", "plymouth", "", "a picture while the system starts") { Translate = _ => Translation.Nothing("the boot program shows none; plymouth in the real system reads it") },
    ];

    private static Translation LiveMedia(string? value) => value is "removable" or "removable-usb"
        ? Translation.Nothing("devices are told apart by what is on them, not by how they are attached")
        : Translation.To("ib.media", Device(value));

    private static Translation Root(string? value)
    {
        if (value is null || !value.StartsWith("live:", StringComparison.Ordinal))
            return Translation.Nothing(AlwaysLayers);
        var device = value["live:".Length..];
        return Translation.To("ib.media", Device(device.StartsWith("CD", StringComparison.Ordinal) ? device[2..] : device)); // CDLABEL=
    }

    private static Translation Iso(string? value)
    {
        // A path that the boot menu did not fill in would be looked for on every disk.
        WordValue.FilePath(value, "/");
        return Translation.To("ib.iso", value);
    }

    // fromiso=/dev/sdb1/images/x.iso, or a path alone
    private static Translation FromIso(string? value)
    {
        if (!WordValue.Required(value).StartsWith("/dev/", StringComparison.Ordinal))
            return Iso(value);
        var parts = value!.Split('/', 4, StringSplitOptions.RemoveEmptyEntries);
        return parts is ["dev", "disk", ..] or not ["dev", _, _, ..]
            ? throw new FormatException("expected /dev/NAME/PATH.iso")
            : new Translation([new("ib.media", $"/dev/{parts[1]}"), new("ib.iso", "/" + string.Join('/', parts[2..]))]);
    }

    private static Translation Folder(string? value) => Translation.To("ib.image", $"/{WordValue.Required(value).Trim('/')}/");

    // Where initramfs-tools, live-boot, dracut and archiso stop, as phases of this program.
    private static Translation Break(string place) => Translation.To("ib.break", place switch
    {
        "top" or "modules" or "cmdline" or "pre-udev" or "pre-trigger" => "devices",
        "premount" or "mount" or "mountroot" or "initqueue" or "pre-mount" => "medium",
        "postmount" or "bottom" or "init" or "pre-pivot" or "cleanup" => UsualBreakPoint,
        _ => BreakPoints.Contains(place) ? place : throw new FormatException($"there is no place '{place}' on the way; ib.break= knows {string.Join(", ", BreakPoints)}"),
    });

    private static string Device(string? value)
    {
        DeviceSelector.Parse(WordValue.Required(value));
        return value!;
    }

    private static string Seconds(string? value)
    {
        WordValue.Seconds(value);
        return value!;
    }
}
