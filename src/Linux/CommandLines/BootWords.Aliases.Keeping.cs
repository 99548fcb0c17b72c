namespace ImageBuilder.Linux.CommandLines;

// What can be written to, and whether it is kept: the words of live-boot, casper, overlayroot, dracut, archiso and systemd. All of them share
// one layout here, the folder /ib of the partition; where their owner keeps something else there, or falls back to memory, the word says so.
public static partial class BootWords
{
    private const string Overlayroot = "overlayroot";
    private const string OurFolder = "what is kept lies in the partition's folder /ib";
    private const string NotEncrypted = "encryption is not yet supported, and nothing is kept in the clear that was to be secret";
    private const string AlwaysOverlay = "the root is an overlay anyway; ib.upper=none makes it read-only";

    private static readonly BootWord[] KeepingAliases =
    [
        new("persistence", LiveBoot, "", "keeps what is written on a partition labelled persistence or ib-data")
            { Translate = _ => Translation.To("ib.persist", null, $"{OurFolder}, not where its persistence.conf says") },
        new("persistent", "casper", "", "keeps what is written on a partition labelled persistence or ib-data")
            { Translate = value => value == "cryptsetup" ? Translation.Refused(NotEncrypted) : Translation.To("ib.persist", WordValue.Flag(value) ? null : "0", $"{OurFolder}; casper-rw is no label here") },
        new("nopersistence", LiveBoot, "", "keeps nothing") { Overrules = true, Translate = _ => Translation.To("ib.persist", "0") },
        new("nopersistent", "casper", "", "keeps nothing") { Overrules = true, Translate = _ => Translation.To("ib.persist", "0") },
        new("persistence-label", LiveBoot, "=LABEL", "the partition that keeps") { Translate = value => Translation.To("ib.data", "LABEL=" + OneLabel(value)) },
        new("persistence-path", LiveBoot, "=PATH", "the folder that keeps") { Translate = _ => Translation.Missing(OurFolder) },
        new("persistence-read-only", LiveBoot, "", "shows what was kept, and keeps nothing new") { Translate = ReadOnly },
        new("persistence-remove", LiveBoot, "[=true]", "forgets what was kept, at every start")
            { Translate = value => value is null or "true" ? Translation.To("ib.reset", null, "persisted folders stay") : Translation.Nothing("it is off") },
        new("persistence-encryption", LiveBoot, "=none|luks", "the partition that keeps is encrypted")
            { Translate = value => WordValue.Required(value).Split(',').Contains("none") ? Translation.Nothing("none is looked for") : Translation.Refused(NotEncrypted) },
        new("persistence-media", LiveBoot, "=removable|removable-usb", "where the partition may be")
            { Translate = _ => Translation.Nothing("the disk of the medium comes first, and what is found twice elsewhere is not guessed at") },
        new("persistence-method", LiveBoot, "=overlay", "how it is kept") { Translate = _ => Translation.Nothing("it is an overlay") },
        new("persistence-storage", LiveBoot, "=filesystem|file", "where it is kept")
            { Translate = value => WordValue.Required(value).Split(',').Contains("filesystem") ? Translation.Nothing("it is a file system on a partition") : Translation.Missing("it is kept on a partition, not in an image file") },

        new("rd.overlay", Dracut, "[=DEVICE|tmpfs:size=SIZE]", "an overlay over the root: in memory, or kept on a device") { Translate = DracutOverlay },
        new("rd.live.overlay", Dracut, "=DEVICE[:PATH|:auto]|none", "an overlay over the root, kept on a device") { Translate = DracutOverlay },
        new("rd.overlay.crypt", Dracut, "=DEVICE", "an encrypted overlay over the root") { Translate = _ => Translation.Refused(NotEncrypted) },
        new("rd.overlay.readonly", Dracut, "[=1]", "shows what was kept, and keeps nothing new") { Translate = ReadOnly },
        new("rd.live.overlay.readonly", Dracut, "[=1]", "shows what was kept, and keeps nothing new") { Translate = ReadOnly },
        new("rd.overlay.reset", Dracut, "[=1]", "forgets what was kept, at every start") { Translate = DracutReset },
        new("rd.live.overlay.reset", Dracut, "[=1]", "forgets what was kept, at every start") { Translate = DracutReset },
        new("rd.live.overlay.overlayfs", Dracut, "[=1]", "an overlay of folders, not of blocks") { Translate = _ => Translation.Nothing("it always is") },
        new("rd.live.overlay.thin", Dracut, "[=1]", "an overlay of blocks that gives memory back") { Translate = _ => Translation.Nothing("the overlay is one of folders, and gives memory back") },
        new("rd.live.overlay.size", Dracut, "=MEGABYTES", "the most that is written to memory") { Translate = value => Translation.To("ib.upper.size", $"{WordValue.Number(value, 1, 1 << 24)}M") },

        new("overlayroot", Overlayroot, "=tmpfs|DEVICE|device:dev=DEVICE|crypt:…|disabled", "an overlay over the root: in memory, or kept on a device") { Translate = OfOverlayroot },

        new("cow_device", Archiso, "=DEVICE", "the partition that keeps") { Translate = value => Kept(Device(value)) },
        new("cow_label", Archiso, "=LABEL", "the partition that keeps") { Translate = value => Kept("LABEL=" + WordValue.Required(value)) },
        new("cow_directory", Archiso, "=PATH", "the folder that keeps") { Translate = _ => Translation.Missing(OurFolder) },
        new("cow_persistent", Archiso, "=P|N", "whether it is kept") { Overrules = true, Translate = CowPersistent },
        new("cow_spacesize", Archiso, "=SIZE", "the most that is written to memory") { Translate = value => Translation.To("ib.upper.size", WordValue.TmpfsSize(value)) },

        new("overlay-size", LiveBoot, "=SIZE", "the most that is written to memory") { Translate = value => Translation.To("ib.upper.size", WordValue.TmpfsSize(value)) },
        new("systemd.volatile", "systemd", "=yes|no|state|overlay", "a root that forgets") { Translate = Volatile },
    ];

    private static Translation ReadOnly(string? value) => Translation.To("ib.persist.readonly", WordValue.Flag(value) ? null : "0");

    private static Translation DracutReset(string? value) => Translation.To("ib.reset", WordValue.Flag(value) ? null : "0", "work folders too; persisted folders stay");

    // A named device has to be there: dracut would go on in memory without a word.
    private static Translation Kept(string device, string? missing = null) =>
        new([new("ib.data", device), new("ib.persist", null)], $"{OurFolder}; without that device the boot stops") { Warning = missing };

    private static string OneLabel(string? value) =>
        WordValue.Required(value).Contains(',') ? throw new FormatException("expected one label") : value!;

    // dracut.cmdline(7): a switch, none, tmpfs[:size=…], or DEVICE[:PATH|:auto]; the device's own tag holds no ':'.
    private static Translation DracutOverlay(string? value)
    {
        if (value is "none" or "0" or "no" or "off")
            return Translation.Nothing(AlwaysOverlay);
        if (value is null or "1" or "yes")
            return Translation.To("ib.upper", "tmpfs");
        var (device, rest) = Split(WordValue.Required(value), ':');
        if (device != "tmpfs")
            return Kept(Device(device), rest is null or "auto" ? null : OurFolder);
        var words = new List<Word> { new("ib.upper", "tmpfs") };
        var unknown = new List<string>();
        foreach (var option in rest?.Split(',') ?? [])
            if (Split(option, '=') is ("size", var size))
                words.Add(new("ib.upper.size", WordValue.TmpfsSize(size)));
            else
                unknown.Add(option);
        return new Translation(words) { Warning = unknown.Count == 0 ? null : $"{string.Join(", ", unknown)}: not followed; only the size is" };
    }

    // overlayroot.conf: KIND[:PARAMETERS], or a device alone.
    private static Translation OfOverlayroot(string? value)
    {
        var (kind, rest) = Split(value ?? "", ':');
        switch (kind)
        {
            case "" or "disabled":
                return Translation.Missing($"there is no root without an overlay to write to; ib.persist keeps what is written");
            case "crypt":
                return Translation.Refused(NotEncrypted);
            case "tmpfs":
                return Translation.To("ib.upper", "tmpfs", rest is null ? null : "what stands behind ':' is not followed: other file systems are mounted as the image says");
            case "device":
                break;
            default:
                return Kept(Device(kind));
        }
        string? device = null, folder = null;
        foreach (var (key, of) in (rest ?? "").Split(',').Select(option => Split(option, '=')))
            (device, folder) = key switch { "dev" => (of, folder), "dir" => (device, of), _ => (device, folder) };
        return Kept(Device(device ?? throw new FormatException("expected device:dev=DEVICE")), folder is null ? null : OurFolder);
    }

    private static Translation CowPersistent(string? value) => WordValue.Required(value) switch
    {
        "N" => Translation.To("ib.persist", "0"),
        "P" => Translation.Nothing("cow_device or cow_label say where, and then it is kept"),
        _ => throw new FormatException("expected P or N"),
    };

    private static Translation Volatile(string? value) => value switch
    {
        "overlay" or "1" or "yes" or "true" or null => Translation.To("ib.persist", "0", "and the root is an overlay in memory"),
        "state" => Translation.Nothing("systemd itself puts a tmpfs on /var"),
        _ => Translation.Nothing(AlwaysLayers),
    };

    private static (string Before, string? After) Split(string text, char at) =>
        text.IndexOf(at) is >= 0 and var index ? (text[..index], text[(index + 1)..]) : (text, null);
}
