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

    /// <summary>Unpacks the suite's own boot loader packages beside the root file system: nothing of the builder's machine gets into the image.</summary>
    public static string FetchBootLoader(string architecture) => $$"""
        set -eu
        mkdir -p "$1/{{Folder}}/boot"
        cd "$1/{{Folder}}"
        APT_CONFIG="$MMDEBSTRAP_APT_CONFIG" apt-get -q -o APT::Sandbox::User=root download {{string.Join(' ', BootPackages(architecture))}} >&2
        for deb in *.deb; do dpkg-deb -x "$deb" boot; rm "$deb"; done
        """;

    /// <summary>The packages that hold GRUB for BIOS, and the signed shim and GRUB for UEFI.</summary>
    public static string[] BootPackages(string architecture) => architecture switch
    {
        "amd64" => ["grub-pc-bin", "grub-efi-amd64-signed", "shim-signed", "shim-helpers-amd64-signed"],
        _ => [],
    };

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

    // Base64 keeps every byte away from the shell's quoting.
    private static string Decode(string text) => $"printf %s '{Convert.ToBase64String(Encoding.UTF8.GetBytes(text))}' | base64 -d";
}
