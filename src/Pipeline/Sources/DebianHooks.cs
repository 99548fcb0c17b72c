using System.IO.Compression;
using System.Text;

namespace ImageBuilder.Pipeline.Sources;

/// <summary>
/// Shell pieces that mmdebstrap runs while it makes the root file system; "$1" is the root's path outside. What they leave for us lies in
/// <see cref="Folder"/>, which never reaches an image.
/// </summary>
internal static class DebianHooks
{
    /// <summary>The folder inside the root for things that only the build needs.</summary>
    public const string Folder = ".imagebuilder";

    /// <summary>Note: the archives that packages came from (control file syntax: Archive, Date, SHA256).</summary>
    public const string ArchivesNote = "archives";

    /// <summary>Note: the .deb behind each installed package (Package, Version, Architecture, SHA256, Size, Filename).</summary>
    public const string PackagesNote = "packages";

    /// <summary>Note: the boot loader's packages (Package, Version, Architecture, Source, Maintainer, Homepage, SHA256).</summary>
    public const string BootPackagesNote = "boot-packages";

    /// <summary>What a line on stderr begins with that names a pinned package which is in no archive: name, architecture and version follow.</summary>
    public const string GoneMark = "imagebuilder-gone ";

    private const string PinsFile = "/etc/apt/preferences.d/00imagebuilder-lock";
    private const string UnsafeIoFile = "/etc/dpkg/dpkg.cfg.d/00imagebuilder-unsafe-io";

    /// <summary>Unpacks the suite's own boot loader packages beside the root file system: nothing of the builder's machine gets into the image.</summary>
    public static string FetchBootLoader(IEnumerable<string> packages) => $$"""
        set -eu
        mkdir -p "$1/{{Folder}}/boot"
        cd "$1/{{Folder}}"
        APT_CONFIG="$MMDEBSTRAP_APT_CONFIG" apt-get -q -o APT::Sandbox::User=root download {{string.Join(' ', packages)}} >&2
        for deb in *.deb; do
            dpkg-deb -x "$deb" boot
            dpkg-deb -f "$deb" Package Version Architecture Source Maintainer Homepage >> {{BootPackagesNote}}
            printf 'SHA256: %s\n\n' "$(sha256sum < "$deb" | cut -d ' ' -f 1)" >> {{BootPackagesNote}}
            rm "$deb"
        done
        """;

    /// <summary>Notes what the archives said while their lists are still there: each Release file's date and digest, each installed package's .deb.</summary>
    public static string NoteOrigins => $$"""
        set -eu
        mkdir -p "$1/{{Folder}}"
        cd "$1/{{Folder}}"
        for release in "$1"/var/lib/apt/lists/*Release; do
            [ -e "$release" ] || continue
            printf 'Archive: %s\nDate: %s\nSHA256: %s\n\n' "$(basename "$release" | sed 's/_\(In\)\?Release$//')" \
                "$(sed -n 's/^Date: *//p' "$release" | head -n 1)" "$(sha256sum < "$release" | cut -d ' ' -f 1)" >> {{ArchivesNote}}
        done
        dpkg-query --admindir="$1/var/lib/dpkg" -W -f '${Package}:${Architecture}=${Version}\n' \
            | APT_CONFIG="$MMDEBSTRAP_APT_CONFIG" xargs -r apt-cache show 2> /dev/null \
            | grep -E '^(Package|Version|Architecture|SHA256|Size|Filename): |^$' > {{PackagesNote}} || true
        """;

    /// <summary>
    /// Holds every package at a version, and stops at once when the archives no longer have one: each such package is named on a line that begins
    /// with <see cref="GoneMark"/>. <see cref="RemovePins"/> takes the traces out again.
    /// </summary>
    /// <param name="packages">Lines "name architecture version" of the packages that come from archives.</param>
    public static string Pin(string packages) => $$"""
        set -eu
        mkdir -p "$1/etc/apt/preferences.d" "$1/{{Folder}}"
        {{DecodeLong(packages)}} > "$1/{{Folder}}/wanted"
        awk '{ printf "Package: %s\nPin: version %s\nPin-Priority: 1001\n\n", $1, $3 }' "$1/{{Folder}}/wanted" > "$1{{PinsFile}}"
        export APT_CONFIG="$MMDEBSTRAP_APT_CONFIG"
        apt-get -q update >&2
        awk '{ print $1 ":" $2 "=" $3 }' "$1/{{Folder}}/wanted" | xargs -r apt-cache show 2> /dev/null \
            | awk '$1 == "Package:" { name = $2 } $1 == "Version:" { version = $2 } $1 == "Architecture:" { architecture = $2 }
                $0 == "" { print name, architecture, version }' > "$1/{{Folder}}/there" || true
        if grep -v -x -F -f "$1/{{Folder}}/there" "$1/{{Folder}}/wanted" > "$1/{{Folder}}/gone"; then
            sed 's/^/{{GoneMark}}/' "$1/{{Folder}}/gone" >&2
            exit 1
        fi
        rm "$1/{{Folder}}/wanted" "$1/{{Folder}}/there" "$1/{{Folder}}/gone"
        """;

    /// <summary>
    /// Stops when the archives have no package of a name, or not in the version that was asked for: apt says so as soon as it has its lists, a minute before
    /// mmdebstrap asks it. Everything else that it might object to is judged then: with nothing installed, its view is not the one that counts.
    /// </summary>
    /// <param name="packages">As apt-get(8) takes them.</param>
    public static string CheckNames(IEnumerable<string> packages) => $$"""
        set -eu
        said=$({{DecodeLong(string.Concat(packages.Select(package => package + "\n")))}} | APT_CONFIG="$MMDEBSTRAP_APT_CONFIG" LC_ALL=C xargs -d '\n' apt-get --simulate -q -o Debug::NoLocking=1 install -- 2>&1) || true
        if printf '%s\n' "$said" | grep -E '^E: (Unable to locate package|Version .* was not found|Couldn.t find any package|Package .* has no installation candidate)' >&2; then
            exit 1
        fi
        """;

    /// <summary>
    /// dpkg(1) waits for the disk after each package, so that a power cut leaves a system that starts; of a root that becomes an archive and is deleted, nobody
    /// needs that. mmdebstrap's own --dpkgopt would leave the option in the image; <see cref="RemoveUnsafeIo"/> takes it out again.
    /// </summary>
    public const string UnsafeIo = $"""mkdir -p "$1/etc/dpkg/dpkg.cfg.d" && echo force-unsafe-io > "$1{UnsafeIoFile}" """;

    /// <summary>Removes what <see cref="UnsafeIo"/> left in the tree.</summary>
    public const string RemoveUnsafeIo = $"rm \"$1{UnsafeIoFile}\"";

    /// <summary>Removes what <see cref="Pin"/> left in the tree.</summary>
    public static string RemovePins => $"rm \"$1{PinsFile}\"";

    /// <summary>
    /// The packages that hold GRUB for BIOS, the signed shim and GRUB for UEFI, and what an initramfs checks a data partition with. Every base brings all of
    /// them, so that images with a data partition and without have one base.
    /// </summary>
    /// <param name="architecture">Debian's name.</param>
    public static string[] BootPackages(string architecture) =>
        architecture == "amd64" ? ["grub-pc-bin", "grub-efi-amd64-signed", "shim-signed", "shim-helpers-amd64-signed", BootLoaderFiles.FileSystemCheckPackage] : [BootLoaderFiles.FileSystemCheckPackage];

    /// <summary>Puts a file in place before the packages that read it are installed.</summary>
    public static string Preset(string path, string content) => $$"""
        set -eu
        mkdir -p "$1{{path[..path.LastIndexOf('/')]}}"
        {{Decode(content)}} > "$1{{path}}"
        """;

    /// <summary>
    /// Puts an archive's key into the root, and its path there into apt's lists: the path of the builder's copy, which mmdebstrap writes, means
    /// nothing in the image and differs with every build.
    /// </summary>
    /// <param name="shared">The builder's copy.</param>
    /// <param name="path">Absolute path in the image.</param>
    public static string InstallKey(string shared, string path) => $$"""
        set -eu
        install -D -m 644 '{{shared}}' "$1{{path}}"
        find "$1/etc/apt" -type f -name '*.list' -exec sed -i 's|signed-by={{shared}}|signed-by={{path}}|' {} +
        """;

    /// <summary>
    /// Runs a script of the spec inside the root, in a process namespace of its own: what it leaves running ends with it. Its output goes
    /// through a file; when it fails, its last lines and its exit status are told as errors.
    /// An interrupt ends it at once, also a script that ignores signals: mmdebstrap waits for its hooks before it cleans up.
    /// </summary>
    /// <param name="script">The script's text.</param>
    /// <param name="name">How to call the script in errors.</param>
    public static string RunInside(string script, string name) => $$"""
        set -eu
        mkdir -p "$1/{{Folder}}"
        {{Decode(script)}} > "$1/{{Folder}}/script"
        unshare --pid --fork --kill-child -- chroot "$1" /bin/sh -eu "/{{Folder}}/script" > "$1/{{Folder}}/log" 2>&1 < /dev/null 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&- &
        trap 'kill -KILL $! $(cat /proc/$!/task/$!/children)' INT TERM HUP
        status=0
        wait $! || status=$?
        trap - INT TERM HUP
        if [ "$status" -ne 0 ]; then
            tail -n 8 "$1/{{Folder}}/log" | sed 's/^/E: script: /' >&2
            echo "E: the script {{name}} ended with exit status $status" >&2
            exit 1
        fi
        cat "$1/{{Folder}}/log" >&2
        rm "$1/{{Folder}}/script" "$1/{{Folder}}/log"
        """;

    // An argument holds 128 KiB at most (execve(2)); a list of all packages is long, and compresses well.
    private static string DecodeLong(string text)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Optimal))
            gzip.Write(Encoding.UTF8.GetBytes(text));
        return $"printf %s '{Convert.ToBase64String(packed.ToArray())}' | base64 -d | gzip -d";
    }

    // Base64 keeps every byte away from the shell's quoting.
    private static string Decode(string text) => $"printf %s '{Convert.ToBase64String(Encoding.UTF8.GetBytes(text))}' | base64 -d";
}
