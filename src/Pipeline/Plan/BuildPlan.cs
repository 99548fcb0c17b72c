namespace ImageBuilder.Pipeline.Plan;

/// <summary>
/// A whole build, resolved: every default filled in, every variable replaced, every choice made. Plain immutable data; making one
/// does no I/O beyond reading the spec and asking whether the files it names exist. Two equal plans give the same bytes.
/// </summary>
public sealed record BuildPlan
{
    /// <summary>The image's name: lower-case letters, digits, '.', '+', '-'.</summary>
    public required string Name { get; init; }

    /// <summary>The image's version, as in file names.</summary>
    public required string Version { get; init; }

    /// <summary>Debian architecture name; "amd64" today.</summary>
    public required string Architecture { get; init; }

    /// <summary>Where the root file system comes from.</summary>
    public required DebianBase Base { get; init; }

    /// <summary>Package names to install, in the spec's order, with those that other keys imply (kernel, locales, …) appended.</summary>
    public required IReadOnlyList<string> Packages { get; init; }

    /// <summary>Those of <see cref="Packages"/> that the spec does not name itself, with the reason; informational.</summary>
    public required IReadOnlyList<ImpliedPackage> ImpliedPackages { get; init; }

    /// <summary>Local .deb files to install, absolute paths.</summary>
    public required IReadOnlyList<string> LocalPackages { get; init; }

    /// <summary>Kernel package and kernel command line.</summary>
    public required KernelPlan Kernel { get; init; }

    /// <summary>The host name; the image's name when the spec gives none.</summary>
    public required string Hostname { get; init; }

    /// <summary>POSIX locale such as "de_DE.UTF-8"; "C.UTF-8" when the spec gives none.</summary>
    public required string Locale { get; init; }

    /// <summary>Time zone such as "Europe/Berlin"; "UTC" when the spec gives none (Etc/UTC, no tzdata needed).</summary>
    public required string Timezone { get; init; }

    /// <summary>Console keymap (XKB layout, optionally "layout:variant") or null for the kernel's own US map.</summary>
    public string? Keymap { get; init; }

    /// <summary>Accounts to add or change, in the spec's order.</summary>
    public required IReadOnlyList<UserPlan> Users { get; init; }

    /// <summary>systemd units to enable and to disable.</summary>
    public required ServicesPlan Services { get; init; }

    /// <summary>Files to put into the tree, in the spec's order; templates are expanded already.</summary>
    public required IReadOnlyList<FilePlan> Files { get; init; }

    /// <summary>Scripts to run inside the tree, in the spec's order.</summary>
    public required IReadOnlyList<ScriptPlan> Scripts { get; init; }

    /// <summary>How layers are compressed.</summary>
    public required CompressionPlan Compression { get; init; }

    /// <summary>The writable layer that the image asks for at boot.</summary>
    public required UpperPlan Upper { get; init; }

    /// <summary>Which kernel modules the initramfs carries.</summary>
    public required DriversPlan Drivers { get; init; }

    /// <summary>What is normally left out of the image and is kept at the user's wish.</summary>
    public required KeepPlan Keep { get; init; }

    /// <summary>What to write.</summary>
    public required IReadOnlyList<OutputKind> Outputs { get; init; }

    /// <summary>Budgets that fail the build when passed.</summary>
    public required LimitsPlan Limits { get; init; }

    /// <summary>The folder that relative paths of the spec start from; no part of the plan's identity.</summary>
    public required string SpecFolder { get; init; }

    /// <summary>The artefact's file name without extension: name-version-architecture.</summary>
    public string ArtefactName => $"{Name}-{Version}-{Architecture}";
}

/// <summary>A root file system made from Debian packages by mmdebstrap.</summary>
public sealed record DebianBase
{
    /// <summary>Suite or codename, such as "trixie".</summary>
    public required string Suite { get; init; }

    /// <summary>Base URI of the mirror; with a snapshot, the snapshot's own URI.</summary>
    public required string Mirror { get; init; }

    /// <summary>mmdebstrap variant: "minbase", "apt", "essential", "standard", …</summary>
    public required string Variant { get; init; }

    /// <summary>Archive components, such as "main" and "non-free-firmware".</summary>
    public required IReadOnlyList<string> Components { get; init; }

    /// <summary>Further archives.</summary>
    public required IReadOnlyList<DebianSource> Sources { get; init; }

    /// <summary>Whether packages that are only recommended are installed too.</summary>
    public required bool Recommends { get; init; }

    /// <summary>A time of snapshot.debian.org, such as "20260101T000000Z"; null for the mirror as it is. Its Release files have expired by design.</summary>
    public string? Snapshot { get; init; }
}

/// <summary>A further Debian archive.</summary>
/// <param name="Uri">Base URI.</param>
/// <param name="Suite">Suite name.</param>
/// <param name="Components">Components; empty for a flat archive.</param>
/// <param name="Key">Absolute path of the archive's OpenPGP key file, or null for the distribution's own keys.</param>
public sealed record DebianSource(string Uri, string Suite, IReadOnlyList<string> Components, string? Key);

/// <summary>A package that a key of the spec brings along.</summary>
/// <param name="Name">The package.</param>
/// <param name="Reason">The key and its value, such as "locale de_DE.UTF-8".</param>
public sealed record ImpliedPackage(string Name, string Reason);

/// <summary>Kernel package and kernel command line.</summary>
public sealed record KernelPlan(string Package, string CommandLine);

/// <summary>One account.</summary>
public sealed record UserPlan
{
    /// <summary>Login name.</summary>
    public required string Name { get; init; }

    /// <summary>Numeric id; null for the next free one from 1000 (an existing account keeps its own).</summary>
    public uint? Uid { get; init; }

    /// <summary>A crypt(5) hash; null leaves the account without a password that works.</summary>
    public string? PasswordHash { get; init; }

    /// <summary>A plain password, hashed with a salt from the plan when the layer is made; null when there is none or a hash is given.</summary>
    public string? Password { get; init; }

    /// <summary>Lines for ~/.ssh/authorized_keys.</summary>
    public required IReadOnlyList<string> SshKeys { get; init; }

    /// <summary>Further groups; must exist in the tree.</summary>
    public required IReadOnlyList<string> Groups { get; init; }

    /// <summary>Login shell; null for the distribution's usual one.</summary>
    public string? Shell { get; init; }

    /// <summary>Home folder; null for /home/NAME (/root for root).</summary>
    public string? Home { get; init; }

    /// <summary>The full name ("GECOS") field.</summary>
    public string? Comment { get; init; }

    /// <summary>Logged in without a password on tty1 and the serial console.</summary>
    public bool Autologin { get; init; }
}

/// <summary>systemd units to enable and to disable.</summary>
public sealed record ServicesPlan(IReadOnlyList<string> Enable, IReadOnlyList<string> Disable);

/// <summary>One file or folder to put into the tree: exactly one of <see cref="Source"/> and <see cref="Content"/> is given.</summary>
public sealed record FilePlan
{
    /// <summary>Absolute path in the image.</summary>
    public required string Path { get; init; }

    /// <summary>Absolute path of a file or folder of the builder; a folder's whole content is taken.</summary>
    public string? Source { get; init; }

    /// <summary>The file's text (from "content", or a "template" expanded).</summary>
    public string? Content { get; init; }

    /// <summary>Permission bits for files; null: 0644, or as the source's owner-executable bit says 0755; folders 0755.</summary>
    public ushort? Mode { get; init; }

    /// <summary>Owner's name or number; "root" by default. Resolved against the tree's own passwd.</summary>
    public required string Owner { get; init; }

    /// <summary>Group's name or number; null for the owner's own group.</summary>
    public string? Group { get; init; }

    /// <summary>Where the spec says so, "live.yaml:12:5", for messages.</summary>
    public required string Origin { get; init; }
}

/// <summary>When a script runs.</summary>
public enum ScriptStage
{
    /// <summary>After files and users have been applied.</summary>
    Final,

    /// <summary>Right after the packages, before files and users.</summary>
    Base,
}

/// <summary>One shell script to run inside the tree.</summary>
/// <param name="Run">The script's text, run by /bin/sh -eu in the tree's root.</param>
/// <param name="Stage">When it runs.</param>
/// <param name="Origin">Where the spec says so, "live.yaml:12:5", for messages.</param>
public sealed record ScriptPlan(string Run, ScriptStage Stage, string Origin);

/// <summary>How layers are compressed.</summary>
/// <param name="Compressor">"zstd", "xz", "gzip", "lz4" or "none".</param>
/// <param name="Level">The compressor's level; 0 for those without.</param>
public sealed record CompressionPlan(string Compressor, int Level);

/// <summary>The writable layer.</summary>
/// <param name="Kind">"tmpfs" or "none".</param>
/// <param name="Size">Of tmpfs: "50%" of memory, or bytes with a unit such as "256M".</param>
public sealed record UpperPlan(string Kind, string Size);

/// <summary>Which kernel modules the initramfs carries.</summary>
/// <param name="Profile">"generic", "virtio", or "list".</param>
/// <param name="Modules">For "list": module names.</param>
public sealed record DriversPlan(string Profile, IReadOnlyList<string> Modules);

/// <summary>What is normally left out and is kept at the user's wish.</summary>
/// <param name="Apt">apt's package lists and caches.</param>
/// <param name="Kernel">The kernel image in the layer's /boot, which is on the medium anyway.</param>
public sealed record KeepPlan(bool Apt, bool Kernel);

/// <summary>Kinds of artefacts.</summary>
public enum OutputKind
{
    /// <summary>A hybrid live ISO.</summary>
    Iso,
}

/// <summary>Budgets; null means none.</summary>
/// <param name="Iso">Largest ISO, bytes.</param>
/// <param name="Initramfs">Largest initramfs, bytes.</param>
/// <param name="Boot">Longest boot that `vm` and `test` accept.</param>
public sealed record LimitsPlan(long? Iso, long? Initramfs, TimeSpan? Boot);
