using ImageBuilder.Update.Stacks;
using ImageBuilder.Update.State;
using static ImageBuilder.Pipeline.Spec.SpecTypes;

namespace ImageBuilder.Pipeline.Spec;

/// <summary>The spec language, version 1: every key there is, declared once.</summary>
public static class SpecSchema
{
    /// <summary>The version that <c>schema:</c> must name.</summary>
    public const int Version = 1;

    private static readonly SpecType ArchiveSource = Map("source",
        new("uri", SpecTypes.Uri, "Base URI of the archive.") { Required = true, Example = "https://deb.example.org/debian" },
        new("suite", ArchiveSuite, "Suite of the archive, or a folder with '/' at the end when the archive is flat.") { Required = true, Example = "trixie" },
        new("components", ListOf(Component), "Components of the archive; none for a flat one.") { Example = "[main]" },
        new("key", SourcePath, "OpenPGP key of the archive, a file below the spec's folder. Without it the distribution's own keys must have signed it.") { Example = "./example.gpg" });

    private static readonly SpecType Debian = Map("base.debian",
        new("suite", Suite, "Suite or codename.") { Required = true, Example = "trixie" },
        new("mirror", SpecTypes.Uri, "Base URI of the mirror.") { Default = "http://deb.debian.org/debian", Example = "http://ftp.de.debian.org/debian" },
        new("variant", OneOf("variant", "minbase", "apt", "buildd", "essential", "important", "required", "standard"), "Which packages mmdebstrap starts from.") { Default = "minbase" },
        new("components", ListOf(Component, least: 1), "Archive components.") { Default = "[main]", Example = "[main, non-free-firmware]" },
        new("sources", ListOf(ArchiveSource, unique: false), "Further archives."),
        new("security", SpecTypes.Boolean, "Whether the suite's security (from deb.debian.org) and stable-updates archives are used too; only stable Debian releases have them. With a mirror of your own, say false and list them under sources.") { Default = "true" },
        new("recommends", SpecTypes.Boolean, "Whether packages that are only recommended are installed too.") { Default = "false" },
        new("snapshot", Snapshot, "A time of snapshot.debian.org, so that the packages never change; takes the place of the mirror.") { Example = "20260101T000000Z" })
        with { AtMostOne = ["mirror", "snapshot"] };

    private static readonly SpecType BootLoader = Map("base.bootLoader", [.. Debian.Keys.Where(key => key.Name is not ("variant" or "recommends"))])
        with { AtMostOne = Debian.AtMostOne };

    private static readonly SpecType Base = Map("base",
        new("debian", Debian, "Debian packages, installed by mmdebstrap."),
        new("tar", SourcePath, "A root file system as a tar archive, plain or compressed by gzip, xz or zstd.") { Example = "./root.tar.zst" },
        new("directory", SourcePath, "A root file system as a folder. It is read anew by each build.") { Example = "./root" },
        new("oci", SourcePath, "A container image: an OCI image layout (a folder or its tar), or an archive of `docker save`.") { Example = "./image" },
        new("bootLoader", BootLoader, "For base.tar, base.directory and base.oci: the Debian suite that GRUB and shim come from. Without it they are taken from the base, or from the Debian release that it is.") { Example = "{ suite: trixie }" })
        with { ExactlyOne = ["debian", "tar", "directory", "oci"] };

    private static readonly SpecType Kernel = Map("kernel",
        new("package", KernelPackage, "The kernel's package.") { Default = "linux-image-amd64", Example = "linux-image-cloud-amd64" },
        new("cmdline", SpecTypes.CommandLine, "Kernel command line. The ib.* keys that say where the image lies are added.") { Default = "console=tty0 console=ttyS0", Example = "console=ttyS0,115200 quiet" });

    private static readonly SpecType User = Map("user",
        new("name", Account, "Login name. An account that the packages made is changed, any other is added.") { Required = true, Example = "ada" },
        new("uid", Uid, "Numeric id.") { Default = "the next free one from 1000", Example = "1000" },
        new("password", Line, "A password in plain text; only its salted hash goes into the image. Without password or hash the account has no password that works."),
        new("passwordHash", SpecTypes.PasswordHash, "A crypt(5) hash, as `mkpasswd` prints it.") { Example = "$y$j9T$…" },
        new("sshKeys", ListOf(SshKey), "Public keys that may log in as this user."),
        new("groups", ListOf(Account), "Further groups; they must exist in the image.") { Example = "[sudo]" },
        new("shell", AccountPath, "Login shell.") { Default = "/bin/bash when the image has it, else /bin/sh", Example = "/bin/bash" },
        new("home", AccountPath, "Home folder.") { Default = "/home/NAME; /root for root" },
        new("comment", Comment, "Full name (the GECOS field).") { Example = "Ada Lovelace" },
        new("autologin", SpecTypes.Boolean, "Log this user in without a password on the screen and the serial console.") { Default = "false" })
        with { AtMostOne = ["password", "passwordHash"] };

    private static readonly SpecType Services = Map("services",
        new("enable", ListOf(Unit), "systemd units that start at boot.") { Example = "[ssh.service]" },
        new("disable", ListOf(Unit), "systemd units that do not.") { Example = "[apt-daily.timer]" });

    private static readonly SpecType File = Map("file",
        new("path", ImagePath, "Absolute path in the image.") { Required = true, Example = "/etc/motd" },
        new("content", Block, "The file's text.") { Example = "\"Hello\\n\"" },
        new("source", SourcePath, "A file or a whole folder below the spec's folder.") { Example = "./app" },
        new("template", SourcePath, "A Handlebars template below the spec's folder; it sees the variables.") { Example = "./hello.service.hbs" },
        new("mode", Mode, "Permission bits of files.") { Default = "0644, or 0755 for a source that is executable", Example = "\"0755\"" },
        new("owner", Owner, "Owner, and optionally group.") { Default = "root:root", Example = "\"ada:ada\"" })
        with { ExactlyOne = ["content", "source", "template"] };

    private static readonly SpecType Script = Map("script",
        new("run", NonEmptyBlock, "Commands, run by /bin/sh -eu inside the image's file tree.") { Required = true, Example = "\"systemctl set-default multi-user.target\"" },
        new("stage", OneOf("stage", "final", "base"), "'final' sees the spec's files and users; 'base' runs before them, and its result is cached.") { Default = "final" });

    private static readonly SpecType Upper = Map("upper",
        new("kind", OneOf("kind of upper", "tmpfs", "persistent", "none"), "Where changes go at run time: into memory, onto the data partition, or nowhere (a read-only root). On the kernel command line ib.upper= decides over it.") { Default = "tmpfs" },
        new("size", UpperSize, "Largest size of a tmpfs upper: a share of the memory, or bytes with K, M or G (powers of 1024).") { Default = "50%", Example = "256M" },
        new("limit", Size, "The most that a persistent upper may hold.") { Default = "what the data partition has", Example = "2G" });

    private static readonly SpecType WritableArea = Map("writable area",
        new("path", FolderPath, "Absolute path of the folder.") { Required = true, Example = "/var/log" },
        new("size", Size, "The most that it may hold.") { Required = true, Example = "64M" });

    private static readonly SpecType Disk = Map("disk",
        new("size", Size, "Size of the disk image. On the device the data partition grows to the whole disk.") { Default = "the least that holds everything", Example = "4G" },
        new("sectorSize", OneOf("sector size", "512", "4096"), "Bytes of a sector of the disk that the image is written to. Firmware of the BIOS kind does not start disks with 4096.") { Default = "512" });

    private static readonly SpecType Update = Map("update",
        new("url", Repository, "Where updates are looked for. Without it only `imageagent install --from` installs.") { Example = "https://updates.example.org/appliance" },
        new("channel", Channel, "The channel that devices follow.") { Default = "stable" },
        new("compatible", Board, "What this kind of board is called: a stack that names boards is installed only where it names this one, and this image's stack names it.") { Example = "gateway-2" },
        new("keys", ListOf(UpdateKey, least: 1), "The minisign keys whose signatures devices believe: files below the spec's folder, or the keys' lines.") { Required = true, Example = "[./release.pub]" },
        new("threshold", new SpecType { Kind = SpecKind.Integer, Label = "threshold", Least = 1, Most = 16 }, "How many of the keys must sign a document that names other keys.") { Default = "1" },
        new("epoch", new SpecType { Kind = SpecKind.Integer, Label = "epoch", Most = uint.MaxValue }, "Security epoch of this image: once a device has kept it, stacks with a lower one are not installed any more.") { Default = "0" },
        new("offline", SpecTypes.Boolean, "Whether a new stack is kept without having reached the repository once.") { Default = "false" },
        new("report", WebAddress, "Where devices post what became of an update, as JSON.") { Example = "https://updates.example.org/report" },
        new("tries", new SpecType { Kind = SpecKind.Integer, Label = "number of tries", Least = 1, Most = 100 }, "How often a new stack is started at most before the device goes back for good.") { Default = "3" },
        new("healthTimeout", LongDuration, "How long a new stack has to become healthy.") { Default = "300s" },
        new("carry", ListOf(ImagePath), "Folders whose changes on the device are merged into a new stack.") { Default = "[/etc]" },
        new("interval", LongDuration, "How long the daemon waits between two looks; devices spread themselves around it.") { Default = "1d" },
        new("window", DayWindow, "The part of the day, UTC, in which the daemon installs and restarts.") { Default = "all day", Example = "\"01:00-05:00\"" },
        new("rate", Size, "Bytes per second that the daemon loads at most.") { Default = "no limit", Example = "2M" },
        new("automatic", SpecTypes.Boolean, "Whether the daemon installs by itself; else it only looks.") { Default = "true" });

    private static readonly SpecType BootMenu = Map("bootMenu",
        new("password", Line, "A password in plain text, for the user `admin`; only its salted hash goes into the image. Slots and factory state start without it; everything else of the menu needs it."),
        new("passwordHash", MenuPasswordHash, "The password's hash, as `grub-mkpasswd-pbkdf2` prints it.") { Example = "grub.pbkdf2.sha512.10000.…" },
        new("timeout", new SpecType { Kind = SpecKind.Integer, Label = "timeout", Most = 3600 }, "Seconds that the menu waits.") { Default = "3" })
        with { AtMostOne = ["password", "passwordHash"] };

    private static readonly SpecType Limits = Map("limits",
        new("iso", Size, "Largest ISO. K, M, G and T are powers of 1024.") { Example = "200M" },
        new("disk", Size, "Largest disk image, holes counted.") { Example = "4G" },
        new("initramfs", Size, "Largest initramfs.") { Example = "5M" },
        new("boot", Duration, "Longest boot that `vm` and `test` accept.") { Example = "60s" });

    /// <summary>The whole document.</summary>
    public static SpecType Document { get; } = Map("document",
        new("schema", new SpecType { Kind = SpecKind.Integer, Label = "schema version", Least = Version, Most = Version }, "Version of the spec language: 1.") { Required = true, Example = "1" },
        new("name", ImageName, "The image's name, the first part of its files' names.") { Required = true, Example = "live" },
        new("version", SpecTypes.Version, "The image's version, as in file names.") { Default = "1.0.0", Example = "1.2.0" },
        new("architecture", OneOf("architecture", "amd64") with { LaterValues = ["arm64", "armhf", "i386", "ppc64el", "riscv64", "s390x"] }, "Debian name of the architecture.") { Default = "that of the machine that builds" },
        new("base", Base, "Where the root file system comes from.") { Default = "the `layers`", Example = "{ debian: { suite: trixie } }" },
        new("layers", ListOf(LayerPath) with { Most = StackManifest.MaxLayers }, "Layers below the spec's own, bottom to top: SquashFS images, or specs (.yaml) that are built to their layers. With a base, they lie over it.") { Example = "[./base.yaml, ./drivers.squashfs]" },
        new("packages", ListOf(Package), "Packages to install on top of the base: names, or local files such as ./local.deb.") { Example = "[systemd-sysv, udev]" },
        new("kernel", Kernel, "Kernel and its command line."),
        new("drivers", new SpecType { Kind = SpecKind.TextOrList, Label = "drivers", Values = ["generic", "virtio"], Item = Module, Unique = true, Least = 1 },
            "Kernel modules in the initramfs: a profile, or a list of modules (what they depend on comes with them).") { Default = "generic", Example = "[virtio_blk, isofs]" },
        new("hostname", SpecTypes.Hostname, "Host name.") { Default = "the name", Example = "live" },
        new("locale", SpecTypes.Locale, "Locale; brings the package locales.") { Default = "C.UTF-8", Example = "de_DE.UTF-8" },
        new("timezone", SpecTypes.Timezone, "Time zone; brings the package tzdata.") { Default = "UTC", Example = "Europe/Berlin" },
        new("keymap", SpecTypes.Keymap, "Keyboard layout of the console; brings the package console-setup.") { Default = "the kernel's own, US", Example = "de" },
        new("users", ListOf(User, unique: false), "Accounts to add or change.") { Example = "[{ name: ada, groups: [sudo], autologin: true }]" },
        new("services", Services, "systemd units to enable and disable."),
        new("files", ListOf(File, unique: false), "Files and folders to put into the image."),
        new("scripts", ListOf(Script, unique: false), "Commands to run inside the image."),
        new("compression", SpecTypes.Compression, "Compressor of the layers, with its level.") { Default = "zstd:15", Example = "xz" },
        new("bootOrder", SourcePath, "A list of paths as `imagebuilder vm --trace-order FILE` writes it: what a boot reads lies first in the layer, in that order.") { Default = "by name", Example = "./live.order" },
        new("keep", ListOf(OneOf("kept thing", "apt", "kernel")), "What stays in the layer although it normally does not: apt's lists and caches; the kernel, which is on the medium anyway.") { Default = "[]", Example = "[apt]" },
        new("upper", Upper, "The writable layer over the read-only ones."),
        new("onUpperFailure", OneOf("answer", "stop", "tmpfs"), "What happens when the persistent upper cannot be mounted: the boot stops, or goes on with an upper in memory and says so.") { Default = "stop" },
        new("persist", ListOf(FolderPath), "Folders on the data partition that all uppers share: they outlive resets and updates. Their first content is the image's.") { Example = "[/home, /var/lib/app]" },
        new("writable", ListOf(WritableArea, unique: false), "Folders that can be written to even where the root cannot, each with a size of its own. They go with the upper: a reset empties them.") { Example = "[{ path: /var/log, size: 64M }]" },
        new("snapshots", new SpecType { Kind = SpecKind.Integer, Label = "number of snapshots", Most = StateRecord.KeptLength }, "How many earlier uppers are kept at most, so that one can go back to them.") { Default = "0", Example = "3" },
        new("reserve", Size, "Room on the data partition that uppers leave free, so that an update fits.") { Default = "the size of the image's layers on a disk, else nothing", Example = "1G" },
        new("disk", Disk, "The disk image."),
        new("agent", SpecTypes.Boolean, "Whether the image has the agent, imageagent, which shows, resets and keeps uppers.") { Default = "true with an output of disk or qcow2, or a persistent upper" },
        new("outputs", ListOf(OneOf("output", "iso", "disk", "qcow2") with { LaterValues = ["layer", "netboot", "oci", "raw", "squashfs", "tar", "update"] }, least: 1), "What to write: a live ISO, a disk image with partitions of its own, the same disk for QEMU.") { Default = "[iso]" },
        new("update", Update, "Over-the-air updates: two slots, of which one runs while the other is installed into. Brings the agent.") { Example = "{ url: \"https://updates.example.org/appliance\", keys: [./release.pub] }" },
        new("bootMenu", BootMenu, "The boot menu."),
        new("shell", SpecTypes.Boolean, "Whether the boot program may give a prompt; false refuses ib.shell, ib.break and init=, also when they are typed into the boot menu.") { Default = "true" },
        new("limits", Limits, "Budgets; the build fails when one is passed."),
        new("variables", new SpecType { Kind = SpecKind.Dictionary, Label = "variables", Item = Block }, "Values for {{…}}; --set name=value overrides them.") { Example = "{ greeting: hello }" })
        with { AtLeastOne = ["base", "layers"] };
}
